import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Store, StoreError } from '../../store/store.ts';
import { availabilityOf } from '../stock/availability.ts';
import { TooManyWatchers } from '../../contract/failures.ts';
import type { Log } from '../../transact/log.ts';
import type { Read, StockReader } from '../stock/stock-reader.ts';
import { ChangeFeed } from './change-feed.ts';
import { ClientSeats } from './client-seats.ts';
import { Subscriber, type WatchSink } from './subscriber.ts';
import { WatchedSku } from './watched-sku.ts';

/** Between two rounds. With the state told on connecting, a subscriber gets at most 9 updates of a SKU in a second. */
const ROUND_MS = 125;
/** Every watched SKU is read again this often, so that no change is missed that the ledger does not tell of. */
const SWEEP_MS = 1_000;
const READ_SKUS = 500;
/** What one round reads; with more SKUs than that in motion, each is read less often. */
const ROUND_SKUS_MAX = 2_000;
/** Subscribers told in one turn of the event loop. */
const TELL_AT_ONCE = 200;
const SUBSCRIBERS_MAX = 10_000;
/** Different SKUs that the shop has. Those that it does not have are answered once and not watched. */
const SKUS_MAX = 50_000;
/** Different SKUs that nobody has read yet. A read takes milliseconds, so they are many only while the store is away. */
const UNREAD_SKUS_MAX = 100_000;

type Watched = WatchedSku<Subscriber>;

export interface StockWatchParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  reader: Pick<StockReader, 'recordsInEpoch' | 'archivedAmong'>;
  lowStockUnits: number;
  log: Log;
  subscribersMax?: number;
  roundMs?: number;
}

export interface Subscription {
  /** The sink takes updates again. */
  resume(): void;
  /** Nothing reaches the sink from now on, not even `end`. Idempotent. */
  close(): void;
}

/**
 * Tells any number of subscribers how SKUs stand, with one reader: it reads each SKU once however many watch it, and
 * only while somebody does. While the store is away subscribers stay, and learn how things are when it is back.
 */
export class StockWatch {
  readonly #parts: StockWatchParts;
  readonly #feed: ChangeFeed;
  readonly #skus = new Map<string, Watched>();
  readonly #subscribers = new Set<Subscriber>();
  /** To be read again, the longest waiting first. */
  readonly #stale = new Set<Watched>();
  /** To be read as soon as possible: somebody has just come for them. */
  readonly #asked = new Set<Watched>();
  #line: Subscriber[] = [];
  #sweep = { startedMs: Number.NEGATIVE_INFINITY, rest: new Map<string, Watched>().values() };
  #rounds: Promise<void> | null = null;
  #welcoming: Promise<void> | null = null;
  #isClosed = false;
  #isFailing = false;
  #updatesSent = 0;
  /** Watched SKUs that the shop has. */
  #known = 0;
  readonly #seats = new ClientSeats();

  constructor(parts: StockWatchParts) {
    this.#parts = parts;
    this.#feed = new ChangeFeed(parts.store, parts.read);
  }

  /** Subscribers now, and updates passed on to any of them so far. */
  get counts(): { watchSubscribers: number; watchUpdatesSent: number } {
    return { watchSubscribers: this.#subscribers.size, watchUpdatesSent: this.#updatesSent };
  }

  /**
   * The sink first gets the state of every SKU, read after this call, and then each one's changes: never an older state
   * after a newer one, and always the last. A SKU that the shop does not have is reported once, as `unknown`, and not watched.
   * `client` is where the subscriber comes from; null: it does not count. Throws `TooManyWatchers`, and `StoreError`
   * `closed` after `close`.
   */
  subscribe(skus: readonly string[], sink: WatchSink, client: string | null = null): Subscription {
    const wanted = [...new Set(skus)];
    this.#demandRoom(wanted, client);
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
      this.#asked.add(watched);
    }
    this.#welcoming ??= this.#welcome();
    this.#rounds ??= this.#run();
    return {
      resume: () => {
        subscriber.isBlocked = false;
        this.#lineUp(subscriber);
      },
      close: () => this.#leave(subscriber),
    };
  }

  /** Ends every subscription; resolves when nothing is being read any more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscriber of this.#subscribers) {
      this.#leave(subscriber);
      subscriber.sink.end();
    }
    await this.#welcoming;
    await this.#rounds;
  }

  /** Throws `TooManyWatchers` and `StoreError`. SKUs are a reason only against a subscriber who brings new ones. */
  #demandRoom(wanted: readonly string[], client: string | null): void {
    const { subscribersMax = SUBSCRIBERS_MAX } = this.#parts;
    if (this.#isClosed) throw new StoreError('closed', 'the watch is closed');
    if (this.#subscribers.size >= subscribersMax) throw new TooManyWatchers(`${subscribersMax} watch already`);
    if (this.#seats.isFull(client)) throw new TooManyWatchers('too many of one client watch already');
    const added = wanted.filter((sku) => !this.#skus.has(sku)).length;
    if (added === 0) return;
    if (this.#known + added > SKUS_MAX) throw new TooManyWatchers(`${this.#known} SKUs are watched already`);
    const unread = this.#skus.size - this.#known;
    if (unread + added > UNREAD_SKUS_MAX) throw new TooManyWatchers(`${unread} SKUs wait to be read`);
  }

  #watched(sku: string): Watched {
    const known = this.#skus.get(sku);
    if (known) return known;
    const watched = new WatchedSku<Subscriber>(sku);
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
      // During an outage many come and go before anything is read.
      watched.newcomers.delete(subscriber);
      if (watched.subscribers.size === 0) this.#forget(watched);
    }
  }

  #forget(watched: Watched): void {
    this.#stale.delete(watched);
    this.#asked.delete(watched);
    // An unknown SKU was forgotten once it was read, and another subscriber may have brought it again.
    if (this.#skus.get(watched.sku) !== watched) return;
    this.#skus.delete(watched.sku);
    if (watched.isKnown) this.#known -= 1;
  }

  async #run(): Promise<void> {
    const { roundMs = ROUND_MS } = this.#parts;
    this.#feed.reset();
    while (this.#subscribers.size > 0) {
      await sleep(roundMs, null, { ref: false });
      await this.#attempt(() => this.#round());
    }
    this.#rounds = null;
  }

  async #round(): Promise<void> {
    if (this.#asked.size > 0) this.#welcoming ??= this.#welcome();
    const changed = await this.#feed.changed();
    if (changed) for (const sku of changed) this.#distrust(this.#skus.get(sku));
    else for (const watched of this.#skus.values()) this.#distrust(watched);
    this.#sweepOn();
    for (let skus = 0; this.#stale.size > 0 && skus < ROUND_SKUS_MAX; skus += READ_SKUS) {
      const some = first(this.#stale, READ_SKUS);
      await this.#learn(some);
      for (const watched of some) this.#stale.delete(watched);
    }
    await this.#tell(this.#line.splice(0));
  }

  #distrust(watched: Watched | undefined): void {
    if (watched) this.#stale.add(watched);
  }

  /** A part of the sweep, so that no round has all of it. */
  #sweepOn(): void {
    for (let skus = 0; skus < READ_SKUS; skus += 1) {
      const { value, done } = this.#sweep.rest.next();
      if (value) this.#stale.add(value);
      if (!done) continue;
      const now = performance.now();
      if (now - this.#sweep.startedMs < SWEEP_MS) return;
      this.#sweep = { startedMs: now, rest: this.#skus.values() };
    }
  }

  /** Reads for those who came, without waiting for the round; who comes meanwhile gets a read of their own. */
  async #welcome(): Promise<void> {
    // Those who come in the same turn share the read.
    await nextTurn();
    await this.#attempt(async () => {
      while (this.#asked.size > 0) await this.#welcomeTo(first(this.#asked, READ_SKUS));
    });
    this.#welcoming = null;
  }

  async #welcomeTo(some: readonly Watched[]): Promise<void> {
    const newcomers = some.map((watched) => {
      this.#asked.delete(watched);
      const those = [...watched.newcomers];
      watched.newcomers.clear();
      return those;
    });
    try {
      await this.#learn(some);
    } catch (error) {
      some.forEach((watched, index) => {
        for (const newcomer of newcomers[index] ?? []) if (!newcomer.isClosed) watched.newcomers.add(newcomer);
        if (watched.subscribers.size > 0) this.#asked.add(watched);
      });
      throw error;
    }
    for (const watched of some) if (!watched.isKnown && watched.newcomers.size === 0) this.#forget(watched);
    const complete = newcomers.flat().filter((subscriber) => {
      subscriber.unread -= 1;
      return subscriber.unread === 0;
    });
    await this.#tell(complete);
  }

  async #learn(some: readonly Watched[]): Promise<void> {
    const { reader, lowStockUnits } = this.#parts;
    const { records, epochBegan } = await reader.recordsInEpoch(some.map(({ sku }) => sku));
    const archived = await reader.archivedAmong(records);
    some.forEach((watched, index) => {
      const record = records[index] ?? null;
      if (record && !watched.isKnown && this.#skus.get(watched.sku) === watched) {
        watched.isKnown = true;
        this.#known += 1;
      }
      const shown = archived.has(watched.sku) ? null : record;
      // After a loss a record may be an older one than watchers have seen: in the new epoch it is news all the same.
      const version = Math.max(record?.version ?? 0, epochBegan);
      const update = { ...availabilityOf(watched.sku, shown, lowStockUnits), version };
      if (watched.learn(update)) for (const subscriber of watched.subscribers) this.#lineUp(subscriber);
    });
  }

  #lineUp(subscriber: Subscriber): void {
    if (subscriber.isLinedUp) return;
    subscriber.isLinedUp = true;
    this.#line.push(subscriber);
  }

  async #tell(subscribers: readonly Subscriber[]): Promise<void> {
    for (const [index, subscriber] of subscribers.entries()) {
      this.#updatesSent += subscriber.tell();
      if (index % TELL_AT_ONCE === TELL_AT_ONCE - 1) await nextTurn();
    }
  }

  /** The next round tries again, so a failure is only told, once for each outage. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#isFailing) this.#parts.log.info({}, 'the stock watch works again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#parts.log.warn({ err: error }, 'the stock watch cannot read and will try again');
      this.#isFailing = true;
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
