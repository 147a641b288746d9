import type { StockUpdate, WatchedSku } from './watched-sku.ts';

/** Receives a subscriber's updates. Neither function may throw. */
export interface WatchSink {
  /**
   * Receives the newest states of one or more SKUs. Returns false to get no more before the subscription's `resume`.
   */
  update(updates: readonly StockUpdate[]): boolean;
  /** The watch ends. The subscriber may connect to another process. */
  end(): void;
}

/** Remembers only the revision of each SKU that it has sent. A slow reader skips states, so that no queue grows. */
export class Subscriber {
  /** An unknown SKU is replaced by null after its update, because no update follows. */
  readonly watched: (WatchedSku<Subscriber> | null)[];
  readonly sink: WatchSink;
  readonly client: string | null;
  /** SKUs without a read since the subscription began. No update is sent until it is 0. */
  unread: number;
  isBlocked = false;
  isClosed = false;
  /** Whether it is in the watch's list of subscribers that may have unsent updates. */
  isReady = false;
  readonly #sent: Float64Array;

  /** `client` identifies the origin for the limit per client; null is not limited. */
  constructor(watched: readonly WatchedSku<Subscriber>[], sink: WatchSink, client: string | null) {
    this.watched = [...watched];
    this.client = client;
    this.sink = sink;
    this.unread = watched.length;
    this.#sent = new Float64Array(watched.length);
  }

  /** Sends the states that are newer than the ones sent. Returns the number of updates. */
  send(): number {
    this.isReady = false;
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
