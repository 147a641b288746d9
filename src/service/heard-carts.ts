import { LRUCache } from 'lru-cache';

const ENTRIES_MAX = 50_000;

/**
 * Carts that this process has heard of. The first time it hears of one it may take the cart for a new one, as most are, and
 * spare the read: where that is wrong, the store says so, for a new cart is put only where there is none.
 */
export class HeardCarts {
  readonly #cache = new LRUCache<string, true>({ max: ENTRIES_MAX });

  /** Whether it is the first time, which it is once. */
  isFirst(cartId: string): boolean {
    if (this.#cache.get(cartId)) return false;
    this.remember(cartId);
    return true;
  }

  remember(cartId: string): void {
    this.#cache.set(cartId, true);
  }
}
