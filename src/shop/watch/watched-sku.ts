import type { Availability } from '../../contract/stock-outputs.ts';

/** A SKU as watchers see it. One object serves all of them, so that whoever writes it to a wire can do so once. */
export interface StockUpdate extends Availability {
  /**
   * It only grows: the version of the SKU's record, or 0 where there is no such SKU; after a loss of writes at least the
   * sequence with which the shop's epoch began.
   */
  version: number;
}

/** A SKU that somebody watches, and who. */
export class WatchedSku<Watcher> {
  readonly sku: string;
  /** The newest state read, by whomever. */
  latest: StockUpdate | null = null;
  /** Counts the states that were news: 0 while there is none. */
  revision = 0;
  /** Whether the shop has had the SKU at any read. */
  isKnown = false;
  readonly subscribers = new Set<Watcher>();
  /** Those of them that wait for a read that began after they came. */
  newcomers = new Set<Watcher>();

  constructor(sku: string) {
    this.sku = sku;
  }

  /**
   * Returns whether that is news. What is older is dropped: two reads may overtake each other. At one version units only
   * become available, by holds that pass their deadline, so the state with more of them is the later one.
   */
  learn(update: StockUpdate): boolean {
    const { latest } = this;
    if (latest && !isLater(update, latest)) return false;
    this.latest = update;
    this.revision += 1;
    return true;
  }
}

const isLater = (update: StockUpdate, known: StockUpdate): boolean =>
  update.version > known.version || (update.version === known.version && update.available > known.available);
