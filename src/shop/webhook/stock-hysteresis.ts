/**
 * When stock is worth telling of. A level that wavers about a threshold, as carts fill and expire, must not make an event
 * each time, so every event has to be earned again: by a rise that is larger than what set it off.
 */

export type StockState = 'ok' | 'low' | 'out';
export type StockEventKind = 'stock.low' | 'stock.out' | 'stock.back_in_stock';

/** What one transaction did to a SKU. */
export interface LevelChange {
  /** Units that a new hold could get afterwards. */
  available: number;
  /** Whether there are more units on hand: goods came, were counted or were returned. A hold that ends brings none. */
  isSupply: boolean;
}

/** What a level is called when nothing is remembered of it. `lowUnits` is `Settings.lowStockUnits`. */
export function plainState(available: number, lowUnits: number): StockState {
  if (available <= 0) return 'out';
  return available <= lowUnits ? 'low' : 'ok';
}

/**
 * - to `out`, from either, at 0: `stock.out`.
 * - `ok` to `low`, at `lowUnits` or fewer: `stock.low`.
 * - `low` to `ok`, above twice `lowUnits`: no event; from then on it can be low again.
 * - `out` to `ok` or `low`: `stock.back_in_stock`, at once when goods have come, but by holds that end only above
 *   `lowUnits` and above 1: the last unit, going from cart to cart, is no news.
 */
export function stepStock(
  state: StockState,
  { available, isSupply }: LevelChange,
  lowUnits: number,
): { state: StockState; event: StockEventKind | null } {
  const plain = plainState(available, lowUnits);
  if (plain === 'out') return { state: 'out', event: state === 'out' ? null : 'stock.out' };
  if (state === 'out') {
    const isBack = isSupply || available > Math.max(lowUnits, 1);
    return isBack ? { state: plain, event: 'stock.back_in_stock' } : { state, event: null };
  }
  if (state === 'ok') return plain === 'low' ? { state: 'low', event: 'stock.low' } : { state, event: null };
  return { state: available > 2 * lowUnits ? 'ok' : 'low', event: null };
}
