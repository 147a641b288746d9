import { FairQueue, type Party } from '../../actor/fair-queue.ts';

/**
 * A queue that serves shops in turns, one item each, and within a shop its parties in turns. So the wait of an item
 * does not depend on how many items or parties another shop has. `push` and `shift` are O(1).
 */
export class ShopQueue<T> {
  /** The order in which shops are served. A shop is in it once for each of its items. */
  readonly #turns = new FairQueue<string>();
  readonly #items = new Map<string, FairQueue<T>>();

  get size(): number {
    return this.#turns.size;
  }

  /** Returns how many items are served before the next one of a party of a shop. */
  aheadOf(shop: string, party: Party): number {
    const own = this.#items.get(shop);
    const ahead = own?.aheadOf(party) ?? 0;
    const others = this.#turns.aheadIn(ahead + 1) - Math.min(own?.size ?? 0, ahead + 1);
    return ahead + others;
  }

  push(shop: string, party: Party, item: T): void {
    let items = this.#items.get(shop);
    if (!items) this.#items.set(shop, (items = new FairQueue()));
    items.push(party, item);
    this.#turns.push(shop, shop);
  }

  /** Removes and returns the first item of the next party of the next shop. */
  shift(): T | undefined {
    const shop = this.#turns.shift();
    if (shop === undefined) return undefined;
    const items = this.#items.get(shop);
    const item = items?.shift();
    if (items?.size === 0) this.#items.delete(shop);
    return item;
  }
}
