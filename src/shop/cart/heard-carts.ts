const GENERATION_MAX = 25_000;

/**
 * Carts that this process has heard of. The first time it hears of one it may take the cart for a new one, as most are, and
 * spare the read: where that is wrong, the store says so, for a new cart is put only where there is none.
 *
 * Two generations of them, of which the older one goes as a whole: to keep them in the order of their use would cost as much
 * as it is worth to know them.
 */
export class HeardCarts {
  #recent = new Set<string>();
  #earlier = new Set<string>();

  /** Whether it is the first time, which it is once, as long as it is remembered. */
  isFirst(cartId: string): boolean {
    const isKnown = this.#recent.has(cartId) || this.#earlier.has(cartId);
    this.remember(cartId);
    return !isKnown;
  }

  remember(cartId: string): void {
    this.#recent.add(cartId);
    if (this.#recent.size < GENERATION_MAX) return;
    this.#earlier = this.#recent;
    this.#recent = new Set();
  }
}
