import { claim } from './claims.ts';
import { enter, type Shopper } from './shopper.ts';
import type { Answer } from './wire.ts';
import type { Cart, CartLine } from '../../src/contract/outputs/cart-outputs.ts';

/** A shopper that tracks the cart and compares every answer with it: a line ends at its deadline and not before. */
export class CarefulShopper {
  readonly shopper: Shopper;
  #lines = new Map<string, CartLine>();

  constructor(shopper: Shopper) {
    this.shopper = shopper;
  }

  get skus(): string[] {
    return [...this.#lines.keys()];
  }

  see(): void {
    this.#compare(this.shopper.cart(), () => {});
  }

  add(sku: string, quantity: number): void {
    this.#compare(this.shopper.add(sku, quantity), (line) => {
      const known = this.#lines.get(sku);
      // An expired hold is never revived. The line gets a new one.
      const before = known && known.holdId === line(sku)?.holdId ? known.quantity : 0;
      this.#expect(line(sku), before + quantity);
    });
  }

  change(sku: string, quantity: number): void {
    this.#compare(this.shopper.setQuantity(sku, quantity), (line) => {
      if (quantity > 0) this.#expect(line(sku), quantity);
      else this.#lines.delete(sku);
    });
  }

  remove(sku: string): void {
    this.#compare(this.shopper.remove(sku), () => this.#lines.delete(sku));
  }

  clear(): void {
    this.#compare(this.shopper.clear(), () => this.#lines.clear());
  }

  extend(): void {
    this.#compare(this.shopper.extend(), () => {});
  }

  /** `change` applies the call's effect to the expected cart, unless the call was refused. */
  #compare(answer: Answer<Cart>, change: (line: (sku: string) => CartLine | undefined) => void): void {
    if (!answer.ok) return;
    const cart = answer.value;
    const line = (sku: string): CartLine | undefined => cart.lines.find((line) => line.sku === sku);
    const before = this.#lines;
    this.#lines = new Map(before);
    change(line);
    const found = () => ({ cart, before: [...before.values()] });
    claim('the cart has what was put in, until its deadline', this.#isAsExpected(before, cart, line), found);
    this.#lines = new Map(cart.lines.map((line) => [line.sku, line]));
  }

  #isAsExpected(
    before: ReadonlyMap<string, CartLine>,
    cart: Cart,
    line: (sku: string) => CartLine | undefined,
  ): boolean {
    const isOver = (known: CartLine | undefined): boolean => known !== undefined && known.expiresAt <= cart.serverTime;
    const areKept = [...this.#lines.values()].every(({ sku, quantity, holdId }) => {
      const now = line(sku);
      if (now === undefined) return isOver(before.get(sku));
      return now.quantity === quantity && now.holdId === holdId;
    });
    const areReplacedLate = [...before.values()].every(
      (known) => [undefined, known.holdId].includes(line(known.sku)?.holdId) || isOver(known),
    );
    return areKept && areReplacedLate && cart.lines.every((line) => this.#lines.has(line.sku) && !isOver(line));
  }

  #expect(line: CartLine | undefined, quantity: number): void {
    if (line) this.#lines.set(line.sku, { ...line, quantity });
  }
}

/** Like `enter`. */
export function enterCarefully(): CarefulShopper | null {
  const shopper = enter();
  return shopper && new CarefulShopper(shopper);
}
