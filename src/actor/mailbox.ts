import { FairQueue, type Party } from './fair-queue.ts';
import { LinkedList } from './linked-list.ts';

/** The most items that wait first in, first out. They are sent within a batch or two, from any sender. */
const PLAIN_ITEMS_MAX = 64;

/**
 * The waiting items of one SKU. A short mailbox is first in, first out. Once it is longer, and until it is empty, the
 * parties that sent the items are served in round-robin order, so that one of them does not delay the others.
 */
export class Mailbox<T extends { readonly value: { readonly party?: Party } }> {
  readonly #plain = new LinkedList<T>();
  #fair: FairQueue<T> | null = null;

  get size(): number {
    return this.#fair?.size ?? this.#plain.size;
  }

  get first(): T | undefined {
    return this.#fair ? this.#fair.first : this.#plain.first;
  }

  /** Returns the number of items of a party; 0 while the mailbox is short. */
  countOf(party: Party): number {
    return this.#fair?.countOf(party) ?? 0;
  }

  push(item: T): void {
    if (!this.#fair && this.#plain.size >= PLAIN_ITEMS_MAX) this.#makeFair();
    if (this.#fair) this.#fair.push(item.value.party, item);
    else this.#plain.push(item);
  }

  shift(): T | undefined {
    return this.#fair ? this.#fair.shift() : this.#plain.shift();
  }

  /** Removes and returns the oldest item of a party. In a short mailbox that has to be the oldest item of all. */
  shiftOf(party: Party): T | undefined {
    return this.#fair ? this.#fair.shiftOf(party) : this.#plain.shift();
  }

  #makeFair(): void {
    this.#fair = new FairQueue();
    for (let item = this.#plain.shift(); item; item = this.#plain.shift()) this.#fair.push(item.value.party, item);
  }
}
