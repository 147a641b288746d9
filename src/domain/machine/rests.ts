/** How far a SKU's counters may differ from what the decisions saw, in units, before one of them would be another. */
export interface StockRest {
  /** A decision quotes the counters or took all there was: they have to be just so. */
  exact: boolean;
  /** Units on hand that are not reserved may be fewer by this. */
  free: number;
  /** Sold units may be fewer by this. */
  sold: number;
  /** Units on hand may be more by this. */
  room: number;
  /** Overdue holds of the SKU would be in the way of the buyer: there must be none but those that the batch has ended. */
  reclaimed: boolean;
}

/**
 * What the decisions of a batch rest on, beside the records that it read: the time, and the counters of SKUs. A store
 * that decides on records that may have changed since compares before it writes; a store that decides under its own lock
 * has nothing to compare. Times that were made from the batch's own time move with it, and are not compared.
 */
export class Rests {
  /** The decisions hold if shop time is at least `since` and before `before`. */
  since = 0;
  before = Number.POSITIVE_INFINITY;
  /** A caller has foretold a sequence that the batch gives: the sequence before it has to be as assumed. */
  isOnSequence = false;
  readonly stock = new Map<string, StockRest>();

  /** A decision rests on the time being before `time`, or not. */
  onBefore(time: number, isBefore: boolean): void {
    if (!Number.isInteger(time)) return;
    if (isBefore) this.before = Math.min(this.before, time);
    else this.since = Math.max(this.since, time);
  }

  onFree(sku: string, slack: number): void {
    const rest = this.#of(sku);
    rest.free = Math.min(rest.free, slack);
  }

  onSold(sku: string, slack: number): void {
    const rest = this.#of(sku);
    rest.sold = Math.min(rest.sold, slack);
  }

  onRoom(sku: string, slack: number): void {
    const rest = this.#of(sku);
    rest.room = Math.min(rest.room, slack);
  }

  onCounters(sku: string): void {
    this.#of(sku).exact = true;
  }

  onReclaimed(sku: string): void {
    this.#of(sku).reclaimed = true;
  }

  #of(sku: string): StockRest {
    let rest = this.stock.get(sku);
    if (!rest) {
      rest = { exact: false, free: Infinity, sold: Infinity, room: Infinity, reclaimed: false };
      this.stock.set(sku, rest);
    }
    return rest;
  }
}
