import { setTimeout as sleep } from 'node:timers/promises';
import { nextTurn } from '../../runtime/pause.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { Settings } from '../../contract/settings.ts';
import { availabilityOf, shownAvailability } from '../stock/units/availability.ts';
import { TooManyWatchers } from '../../contract/calls/call.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Read, StockReader } from '../stock/units/stock-reader.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import { newestUnits } from '../stock/units/sku-stock.ts';
import { ChangeFeed } from './change-feed.ts';
import { ClientSeats } from './client-seats.ts';
import { WatchedKits } from './watched-kits.ts';
import { type ExactUpdate, type StockUpdate, Subscriber, type WatchSink, WatchedSku } from './watched-sku.ts';

/** The pause between two rounds. With the first state, a subscriber gets at most 9 updates of a SKU in a second. */
const ROUND_MS = 125;
/** Every watched SKU is read again this often, because the ledger does not contain every change. */
const WATCH_SWEEP_MS = 1_000;
const SKUS_PER_READ = 500;
/** The most SKUs that one round reads. If more change, each is read less often. */
const ROUND_SKUS_MAX = 2_000;
/** The most subscribers that get updates in one turn of the event loop. */
const SENDS_AT_ONCE = 200;
const SUBSCRIBERS_MAX = 10_000;
/** The most different watched SKUs that exist. An unknown SKU is answered once and not watched. */
const WATCHED_SKUS_MAX = 50_000;
/** The most different SKUs without a first read. A read takes milliseconds, so they are many only during an outage. */
const UNREAD_SKUS_MAX = 100_000;

interface StockWatchParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  reader: Pick<StockReader, 'stocksInEpoch' | 'archivedAmong'>;
  locations: Pick<ShopLocations, 'active' | 'version'>;
  /** The settings that decide what subscribers see. */
  settings: Pick<Settings, 'lowStockUnits' | 'showStock'>;
  log: Log;
  subscribersMax?: number;
  roundMs?: number;
}

export interface Subscription {
  /** Must be called when the sink accepts updates again. */
  resume(): void;
  /** Nothing reaches the sink from now on, not even `end`. Idempotent. */
  close(): void;
}

/**
 * Sends the availability of SKUs to any number of subscribers. It reads each SKU once for all subscribers, and only
 * while it has some. During an outage of the store the subscriptions stay, and get the current states after it.
 */
export class StockWatch {
  readonly #parts: StockWatchParts;
  readonly #feed: ChangeFeed;
  readonly #skus = new Map<string, WatchedSku>();
  readonly #kits = new WatchedKits();
  readonly #subscribers = new Set<Subscriber>();
  /** SKUs to read again, the longest waiting first. */
  readonly #stale = new Set<WatchedSku>();
  /** SKUs to read as soon as possible for new subscribers. */
  readonly #awaited = new Set<WatchedSku>();
  /** Subscribers that may have unsent updates. */
  #ready: Subscriber[] = [];
  #sweep = { startedMs: Number.NEGATIVE_INFINITY, rest: new Map<string, WatchedSku>().values() };
  #rounds: Promise<void> | null = null;
  #firstReads: Promise<void> | null = null;
  #isClosed = false;
  readonly #outages: OutageLog;
  #updatesSent = 0;
  /** Watched SKUs that exist. */
  #knownSkus = 0;
  readonly #seats = new ClientSeats();

  constructor(parts: StockWatchParts) {
    this.#parts = parts;
    this.#feed = new ChangeFeed(parts.store, parts.read);
    this.#outages = new OutageLog(parts.log, {
      failed: 'the stock watch cannot read and will try again',
      recovered: 'the stock watch works again',
    });
  }

  /** The current number of subscribers, and the number of updates sent so far. */
  get counts(): { watchSubscribers: number; watchUpdatesSent: number } {
    return { watchSubscribers: this.#subscribers.size, watchUpdatesSent: this.#updatesSent };
  }

  /**
   * Subscribes a sink to SKUs. It first gets the state of every SKU, read after this call, and then the changes: never
   * an older state after a newer one, and always the newest. An unknown SKU is reported once, as `unknown`, and not
   * watched. `client` identifies the origin for the limit per client; null is not limited. Throws `TooManyWatchers`,
   * and `StoreError` `closed` after `close`.
   */
  subscribe(skus: readonly string[], sink: WatchSink, client: string | null = null): Subscription {
    const wanted = [...new Set(skus)];
    this.#assertRoom(wanted, client);
    const subscriber = new Subscriber(
      wanted.map((sku) => this.#watched(sku)),
      sink,
      client,
    );
    this.#subscribers.add(subscriber);
    this.#seats.take(client);
    for (const watched of subscriber.watched) {
      if (!watched) continue;
      watched.subscribers.add(subscriber);
      watched.newcomers.add(subscriber);
      this.#awaited.add(watched);
    }
    this.#firstReads ??= this.#readFirst();
    this.#rounds ??= this.#run();
    return {
      resume: () => {
        subscriber.isBlocked = false;
        this.#markReady(subscriber);
      },
      close: () => this.#leave(subscriber),
    };
  }

  /** Ends every subscription. Resolves when no read is running. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscriber of this.#subscribers) {
      this.#leave(subscriber);
      subscriber.sink.end();
    }
    await this.#firstReads;
    await this.#rounds;
  }

  /**
   * Throws `TooManyWatchers` and `StoreError`. The limits of SKUs apply only to a subscriber of SKUs not watched yet.
   */
  #assertRoom(wanted: readonly string[], client: string | null): void {
    const { subscribersMax = SUBSCRIBERS_MAX } = this.#parts;
    if (this.#isClosed) throw new StoreError('closed', 'the watch is closed');
    if (this.#subscribers.size >= subscribersMax) throw new TooManyWatchers(`${subscribersMax} watch already`);
    if (this.#seats.isFull(client)) throw new TooManyWatchers('too many of one client watch already');
    const added = wanted.filter((sku) => !this.#skus.has(sku)).length;
    if (added === 0) return;
    if (this.#knownSkus + added > WATCHED_SKUS_MAX)
      throw new TooManyWatchers(`${this.#knownSkus} SKUs are watched already`);
    const unread = this.#skus.size - this.#knownSkus;
    if (unread + added > UNREAD_SKUS_MAX) throw new TooManyWatchers(`${unread} SKUs wait to be read`);
  }

  #watched(sku: string): WatchedSku {
    const known = this.#skus.get(sku);
    if (known) return known;
    const watched = new WatchedSku(sku);
    this.#skus.set(sku, watched);
    return watched;
  }

  #leave(subscriber: Subscriber): void {
    subscriber.isClosed = true;
    if (!this.#subscribers.delete(subscriber)) return;
    this.#seats.free(subscriber.client);
    for (const watched of subscriber.watched) {
      if (!watched) continue;
      watched.subscribers.delete(subscriber);
      // During an outage many subscribers come and go before the first read.
      watched.newcomers.delete(subscriber);
      if (watched.subscribers.size === 0) this.#forget(watched);
    }
  }

  #forget(watched: WatchedSku): void {
    this.#stale.delete(watched);
    this.#awaited.delete(watched);
    // An unknown SKU is forgotten after its read, and another subscriber may have added it again.
    if (this.#skus.get(watched.sku) !== watched) return;
    this.#kits.forget(watched);
    this.#skus.delete(watched.sku);
    if (watched.isKnown) this.#knownSkus -= 1;
  }

  async #run(): Promise<void> {
    const { roundMs = ROUND_MS } = this.#parts;
    this.#feed.reset();
    while (this.#subscribers.size > 0) {
      await sleep(roundMs, null, { ref: false });
      await this.#outages.attempt(() => this.#round());
    }
    this.#rounds = null;
  }

  async #round(): Promise<void> {
    if (this.#awaited.size > 0) this.#firstReads ??= this.#readFirst();
    const changed = await this.#feed.changed();
    const isChanged = changed ? [...changed].flatMap((sku) => [this.#skus.get(sku), ...this.#kits.of(sku)]) : null;
    for (const watched of isChanged ?? this.#skus.values()) this.#markStale(watched);
    this.#sweepOn();
    for (let skus = 0; this.#stale.size > 0 && skus < ROUND_SKUS_MAX; skus += SKUS_PER_READ) {
      const some = first(this.#stale, SKUS_PER_READ);
      await this.#refresh(some);
      for (const watched of some) this.#stale.delete(watched);
    }
    await this.#send(this.#ready.splice(0));
  }

  #markStale(watched: WatchedSku | undefined): void {
    if (watched) this.#stale.add(watched);
  }

  /** Adds a part of the sweep, so that no round has to read all SKUs. */
  #sweepOn(): void {
    for (let skus = 0; skus < SKUS_PER_READ; skus += 1) {
      const { value, done } = this.#sweep.rest.next();
      if (value) this.#stale.add(value);
      if (!done) continue;
      const now = performance.now();
      if (now - this.#sweep.startedMs < WATCH_SWEEP_MS) return;
      this.#sweep = { startedMs: now, rest: this.#skus.values() };
    }
  }

  /** Reads SKUs for new subscribers without waiting for the next round. Later subscribers get a later read. */
  async #readFirst(): Promise<void> {
    // Subscribers of the same turn share the read.
    await nextTurn();
    await this.#outages.attempt(async () => {
      while (this.#awaited.size > 0) await this.#readFor(first(this.#awaited, SKUS_PER_READ));
    });
    this.#firstReads = null;
  }

  async #readFor(some: readonly WatchedSku[]): Promise<void> {
    const newcomers = some.map((watched) => {
      this.#awaited.delete(watched);
      const waiting = [...watched.newcomers];
      watched.newcomers.clear();
      return waiting;
    });
    try {
      await this.#refresh(some);
    } catch (error) {
      some.forEach((watched, index) => {
        for (const newcomer of newcomers[index] ?? []) if (!newcomer.isClosed) watched.newcomers.add(newcomer);
        if (watched.subscribers.size > 0) this.#awaited.add(watched);
      });
      throw error;
    }
    for (const watched of some) if (!watched.isKnown && watched.newcomers.size === 0) this.#forget(watched);
    const complete = newcomers.flat().filter((subscriber) => {
      subscriber.unread -= 1;
      return subscriber.unread === 0;
    });
    await this.#send(complete);
  }

  async #refresh(some: readonly WatchedSku[]): Promise<void> {
    const { reader, locations, settings } = this.#parts;
    const show = (update: ExactUpdate): StockUpdate => shownAvailability(update, settings);
    const { stocks, epochBegan } = await reader.stocksInEpoch(some.map(({ sku }) => sku));
    const archived = await reader.archivedAmong(stocks);
    const { active, version: since } = locations;
    some.forEach((watched, index) => {
      const stock = stocks[index] ?? null;
      if (stock && !watched.isKnown && this.#skus.get(watched.sku) === watched) {
        watched.isKnown = true;
        this.#knownSkus += 1;
      }
      if (this.#skus.get(watched.sku) === watched) this.#kits.note(watched, stock);
      const shown = archived.has(watched.sku) ? null : stock;
      // After a loss a record may be older than the state that was sent. In the new epoch it is still a new state. So
      // it is when other locations sell.
      const version = Math.max(stock ? Math.max(newestUnits(stock), since) : 0, epochBegan);
      const update = { ...availabilityOf(watched.sku, shown, active, settings.lowStockUnits), version };
      if (watched.accept(update, show)) for (const subscriber of watched.subscribers) this.#markReady(subscriber);
    });
  }

  #markReady(subscriber: Subscriber): void {
    if (subscriber.isReady) return;
    subscriber.isReady = true;
    this.#ready.push(subscriber);
  }

  async #send(subscribers: readonly Subscriber[]): Promise<void> {
    for (const [index, subscriber] of subscribers.entries()) {
      this.#updatesSent += subscriber.send();
      if (index % SENDS_AT_ONCE === SENDS_AT_ONCE - 1) await nextTurn();
    }
  }
}

function first<T>(items: Iterable<T>, limit: number): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.push(item) === limit) break;
  }
  return found;
}
