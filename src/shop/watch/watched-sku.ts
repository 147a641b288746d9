import type { Availability } from '../../contract/stock-outputs.ts';

/** The state of a SKU for watchers. All watchers share one object, so that it can be serialized once. */
export interface StockUpdate extends Availability {
  /**
   * The version of the SKU's record, or 0 for an unknown SKU; after a loss of writes at least the first sequence of the
   * shop's epoch. It only increases.
   */
  version: number;
}

/** A watched SKU and its watchers. */
export class WatchedSku<Watcher> {
  readonly sku: string;
  /** The newest state read. */
  latest: StockUpdate | null = null;
  /** The number of new states so far. */
  revision = 0;
  /** Whether the SKU existed at any read. */
  isKnown = false;
  readonly subscribers = new Set<Watcher>();
  /** Subscribers that wait for a read that begins after their subscription. */
  newcomers = new Set<Watcher>();

  constructor(sku: string) {
    this.sku = sku;
  }

  /**
   * Accepts a state if it is newer than the latest, and returns whether it was. Two reads may overtake each other. At
   * the same version units only become available, when holds pass their deadline, so the state with more units is the
   * newer one.
   */
  accept(update: StockUpdate): boolean {
    const { latest } = this;
    if (latest && !isLater(update, latest)) return false;
    this.latest = update;
    this.revision += 1;
    return true;
  }
}

const isLater = (update: StockUpdate, known: StockUpdate): boolean =>
  update.version > known.version || (update.version === known.version && update.available > known.available);
