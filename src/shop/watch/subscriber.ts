import type { StockUpdate, WatchedSku } from './watched-sku.ts';

/** Where a subscriber's updates go. Neither function may throw. */
export interface WatchSink {
  /** One or more SKUs, each in its newest state. False: no more before the subscription's `resume`. */
  update(updates: readonly StockUpdate[]): boolean;
  /** The watch ends, and the subscriber may find another process to ask. */
  end(): void;
}

/**
 * Remembers which revision of each SKU it has passed on, and nothing else: whoever reads slowly skips states and
 * never makes a queue grow.
 */
export class Subscriber {
  /** Null in place of a SKU that the shop does not have, once that was sent: no update follows. */
  readonly watched: (WatchedSku<Subscriber> | null)[];
  readonly sink: WatchSink;
  readonly client: string | null;
  /** SKUs that have not been read since it came: until it has them all it is told nothing. */
  unread: number;
  isBlocked = false;
  isClosed = false;
  /** Whether it stands in the line of those who are to be told. */
  isLinedUp = false;
  readonly #sent: Float64Array;

  /** `client` is where it comes from, for the bound on subscriptions of one client; null: it is not counted. */
  constructor(watched: readonly WatchedSku<Subscriber>[], sink: WatchSink, client: string | null) {
    this.watched = [...watched];
    this.client = client;
    this.sink = sink;
    this.unread = watched.length;
    this.#sent = new Float64Array(watched.length);
  }

  /** Passes on what is newer than what it had. Returns how many updates that were. */
  tell(): number {
    this.isLinedUp = false;
    if (this.unread > 0 || this.isBlocked || this.isClosed) return 0;
    const news: StockUpdate[] = [];
    this.watched.forEach((watched, index) => {
      if (!watched?.latest || watched.revision === this.#sent[index]) return;
      this.#sent[index] = watched.revision;
      news.push(watched.latest);
      if (!watched.isKnown) this.watched[index] = null;
    });
    if (news.length > 0 && !this.sink.update(news)) this.isBlocked = true;
    return news.length;
  }
}
