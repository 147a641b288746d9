/** How far the counters of a SKU may differ from those that the decisions used without changing a decision. */
export interface StockSlack {
  /** The counters must be equal, because a decision returns them or took all available units. */
  exact: boolean;
  /** The units on hand that are neither reserved nor committed may be lower by this many. */
  free: number;
  /** The units that were sold and dispatched may be lower by this many. */
  dispatched: number;
  /** The units on hand may be higher by this many. */
  room: number;
  /** The units on hand may be lower by this many. */
  onHand: number;
  /** The SKU must have no overdue holds, other than those that the batch has ended. */
  reclaimed: boolean;
}

/** No decision depends on the counters. */
export const UNBOUNDED: Readonly<StockSlack> = {
  exact: false,
  free: Infinity,
  dispatched: Infinity,
  room: Infinity,
  onHand: Infinity,
  reclaimed: false,
};

/**
 * The assumptions of a batch's decisions besides the records that it read: the time, and the counters of SKUs. A store
 * that decides with records that may have changed compares them before it writes. A store that decides under its own
 * lock does not need them. Times that are derived from the batch's time are not compared.
 */
export class Assumptions {
  /** The decisions are valid if shop time is at least `since` and before `before`. */
  since = 0;
  before = Number.POSITIVE_INFINITY;
  /** A caller expects a sequence that this batch assigns, so the sequence before the batch must be as assumed. */
  isOnSequence = false;
  readonly stock = new Map<string, StockSlack>();

  /** Records the assumption of a decision about the time: that it is before `time`, or that it is not. */
  onBefore(time: number, isBefore: boolean): void {
    if (!Number.isInteger(time)) return;
    if (isBefore) this.before = Math.min(this.before, time);
    else this.since = Math.max(this.since, time);
  }

  onFree(sku: string, slack: number): void {
    const bounds = this.#of(sku);
    bounds.free = Math.min(bounds.free, slack);
  }

  onDispatched(sku: string, slack: number): void {
    const bounds = this.#of(sku);
    bounds.dispatched = Math.min(bounds.dispatched, slack);
  }

  onRoom(sku: string, slack: number): void {
    const bounds = this.#of(sku);
    bounds.room = Math.min(bounds.room, slack);
  }

  onOnHand(sku: string, slack: number): void {
    const bounds = this.#of(sku);
    bounds.onHand = Math.min(bounds.onHand, slack);
  }

  onCounters(sku: string): void {
    this.#of(sku).exact = true;
  }

  onReclaimed(sku: string): void {
    this.#of(sku).reclaimed = true;
  }

  #of(sku: string): StockSlack {
    let bounds = this.stock.get(sku);
    if (!bounds) {
      bounds = { ...UNBOUNDED };
      this.stock.set(sku, bounds);
    }
    return bounds;
  }
}
