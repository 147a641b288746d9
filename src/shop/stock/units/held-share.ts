import { type SkuStock, counterSum } from './sku-stock.ts';

const SHARE_WINDOW_MS = 60_000;
/** A few units are often held entirely. */
const ON_HAND_UNITS_MIN = 10;

/**
 * The highest share of a SKU's units on hand that is in live holds, of the SKUs that shoppers looked at in the last one
 * to two minutes.
 */
export class HeldShare {
  #began = performance.now();
  #highest = 0;
  #before = 0;

  note(stock: SkuStock | null): void {
    // The units of a kit are always all held: those on hand are the ones of its holds.
    if (!stock || stock.main.components !== null) return;
    const onHand = counterSum(stock, 'onHand');
    if (onHand < ON_HAND_UNITS_MIN) return;
    this.#turn();
    this.#highest = Math.max(this.#highest, counterSum(stock, 'reserved') / onHand);
  }

  /** Returns a number from 0 to 1. */
  get highest(): number {
    this.#turn();
    return Math.max(this.#highest, this.#before);
  }

  #turn(): void {
    const now = performance.now();
    const windows = Math.floor((now - this.#began) / SHARE_WINDOW_MS);
    if (windows === 0) return;
    this.#before = windows === 1 ? this.#highest : 0;
    this.#highest = 0;
    this.#began = now;
  }
}
