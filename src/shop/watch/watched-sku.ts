import type { Availability, ShownAvailability } from '../../contract/outputs/stock-outputs.ts';

/** The state of a SKU for watchers. All watchers share one object, so that it can be serialized once. */
export interface StockUpdate extends ShownAvailability {
  /**
   * The version of the SKU's record, or 0 for an unknown SKU; after a loss of writes at least the first sequence of the
   * shop's epoch. It only increases.
   */
  version: number;
}

/** A state as it was read. */
export interface ExactUpdate extends Availability {
  version: number;
}

export class WatchedSku {
  readonly sku: string;
  /** The newest state, as watchers see it. */
  latest: StockUpdate | null = null;
  #exact: ExactUpdate | null = null;
  /** The number of states that watchers have seen so far. */
  revision = 0;
  /** Whether the SKU existed at any read. */
  isKnown = false;
  readonly subscribers = new Set<Subscriber>();
  /** Subscribers that wait for a read that begins after their subscription. */
  newcomers = new Set<Subscriber>();

  constructor(sku: string) {
    this.sku = sku;
  }

  /**
   * Accepts a state if it is newer than the latest, and returns whether watchers see a difference. Two reads may
   * overtake each other. At the same version units only become available, when holds pass their deadline, so the state
   * with more units is the newer one. A change that `show` hides is not sent, not even as a new version.
   */
  accept(update: ExactUpdate, show: (update: ExactUpdate) => StockUpdate = showExact): boolean {
    if (this.#exact && !isLater(update, this.#exact)) return false;
    this.#exact = update;
    const shown = show(update);
    const { latest } = this;
    if (shown !== update && latest && looksEqual(latest, shown)) return false;
    this.latest = shown;
    this.revision += 1;
    return true;
  }
}

const looksEqual = (one: StockUpdate, other: StockUpdate): boolean =>
  one.available === other.available && one.status === other.status && one.shipsAt === other.shipsAt;

const showExact = (update: ExactUpdate): StockUpdate => update;

const isLater = (update: ExactUpdate, known: ExactUpdate): boolean =>
  update.version > known.version || (update.version === known.version && update.available > known.available);

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
  readonly watched: (WatchedSku | null)[];
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
  constructor(watched: readonly WatchedSku[], sink: WatchSink, client: string | null) {
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
