import type { Availability } from '../views.ts';

/** A SKU as watchers see it. One object serves all of them, so that whoever writes it to a wire can do so once. */
export interface StockUpdate extends Availability {
  /** Of the SKU's record, so it only grows; 0 while there is no such SKU. */
  version: number;
}

/** A SKU that somebody watches, and who. */
export class WatchedSku<Watcher> {
  readonly sku: string;
  /** The newest state read, by whomever. */
  latest: StockUpdate | null = null;
  readonly subscribers = new Set<Watcher>();
  /** Those of them that wait for a read that began after they came. */
  newcomers = new Set<Watcher>();

  constructor(sku: string) {
    this.sku = sku;
  }

  /** Whether that is news. What is no newer is dropped: two reads may overtake each other. */
  learn(update: StockUpdate): boolean {
    if (this.latest && update.version <= this.latest.version) return false;
    this.latest = update;
    return true;
  }
}
