const GENERATION_MAX = 25_000;

/**
 * The carts that this process has seen. A cart seen for the first time is usually new, so its first change skips the
 * read. The store detects a wrong guess, because a new cart is only written where none exists.
 *
 * Two generations: the older one is dropped as a whole. An LRU order would cost as much as the saved reads.
 */
export class SeenCarts {
  #recent = new Set<string>();
  #earlier = new Set<string>();

  /** Remembers the cart. Returns whether it is new to this process. */
  markSeen(cartId: string): boolean {
    const isNew = !this.#recent.has(cartId) && !this.#earlier.has(cartId);
    this.#recent.add(cartId);
    if (this.#recent.size >= GENERATION_MAX) {
      this.#earlier = this.#recent;
      this.#recent = new Set();
    }
    return isNew;
  }
}
