import type { StockRecord } from '../../../domain/records.ts';
import type { Transaction } from '../../../domain/transaction.ts';
import type { Store } from '../../../store/store.ts';
import { nextTurn } from '../../../runtime/pause.ts';
import type { ShopLocations } from '../../location/shop-locations.ts';
import { ChangedSkus } from './changed-skus.ts';
import { type IndexedSku, searchedText, type SkuConditions } from './index-segment.ts';
import { SkuIndex } from './sku-index.ts';
import { listSkus } from './sku-list.ts';
import type { SkuStock } from '../units/sku-stock.ts';
import type { Read, StockReader } from '../units/stock-reader.ts';

/** SKUs that one call of the store reads for the index. It takes a few milliseconds of the event loop. */
const READ_SKUS = 500;
/** About 250 MB. A shop with more is searched SKU by SKU. */
const CHARS_MAX = 240_000_000;
const FOLLOW_MS = 1_000;
/** An index without a search for this long is dropped. */
const IDLE_MS = 600_000;
/** SKUs that are read again each second, if other processes may have changed their settings. */
const SWEPT_SKUS = 2_000;
/** Segments that a search looks at in one turn of the event loop: about 5 ms. */
const SEGMENTS_AT_ONCE = 800;
/** Changed SKUs that are put into the index in one turn of the event loop: about 5 ms. */
const PUTS_AT_ONCE = 250;

export interface SkuFinderParts {
  store: Pick<Store, 'listStock' | 'feed' | 'supports'>;
  read: Read;
  reader: Pick<StockReader, 'listed' | 'archivedAmong' | 'shown' | 'levelOf'>;
  locations: Pick<ShopLocations, 'version' | 'prepare'>;
}

/** Yields the SKUs that may meet the conditions, some at a time, in the order of the lists. Throws `StoreError`. */
export type Find = (conditions: SkuConditions) => AsyncGenerator<string[]>;

interface Built {
  index: SkuIndex;
  changed: ChangedSkus;
  /** The version of the locations at which the units were counted. */
  locations: number;
}

/**
 * Finds SKUs by criteria without an index in the store: a text in their names and titles, and few available units. It
 * keeps an index of all SKUs in memory. The index is built when it is first needed, follows the ledger, and is dropped
 * after a while without a search. A result has to be read before it is shown, because the SKU may have more units by
 * now. No SKU that meets the conditions is missing.
 */
export class SkuFinder {
  readonly #parts: SkuFinderParts;
  #built: Built | null = null;
  #building: Promise<void> | null = null;
  #changed: ChangedSkus | null = null;
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #usedMs = 0;
  #sweptTo: string | undefined;
  #isTooLarge = false;
  #isClosed = false;

  constructor(parts: SkuFinderParts) {
    this.#parts = parts;
  }

  /** Starts to build the index, unless there is one. */
  prepare(): void {
    this.#usedMs = performance.now();
    if (this.#built && this.#built.locations !== this.#parts.locations.version) this.#drop();
    if (this.#built || this.#building || this.#isTooLarge || this.#isClosed) return;
    this.#building = this.#build()
      // The store cannot be read. The next search tries again.
      .catch(() => this.#drop())
      .finally(() => (this.#building = null));
  }

  /**
   * Waits up to `ms` milliseconds for the index. Resolves with the function that searches it; null if it is not built
   * yet. A search sees all changes before it. Rejects as the read of the locations does.
   */
  async opened(ms: number): Promise<Find | null> {
    await this.#parts.locations.prepare();
    this.prepare();
    if (this.#building && ms > 0) await Promise.race([this.#building, elapsed(ms)]);
    const built = this.#built;
    return built && ((conditions) => this.#find(built, conditions));
  }

  /** Must be called with all transactions that this process has applied. */
  onApplied(transactions: readonly Transaction[]): void {
    this.#changed?.note(transactions);
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#drop();
    await this.#building;
    await this.#work.catch(() => undefined);
  }

  async *#find(built: Built, conditions: SkuConditions): AsyncGenerator<string[]> {
    await this.#alone(() => this.#follow(built));
    let segments = 0;
    for (const skus of built.index.find(conditions)) {
      if (skus.length > 0) yield skus;
      segments += 1;
      if (segments % SEGMENTS_AT_ONCE === 0) await nextTurn();
    }
  }

  async #build(): Promise<void> {
    const { store, locations } = this.#parts;
    await locations.prepare();
    const index = new SkuIndex();
    const changed = await ChangedSkus.fromNow(this.#parts);
    this.#changed = changed;
    const version = locations.version;
    for (let last: string | undefined; !this.#isClosed; ) {
      const records = await listSkus(store, last, READ_SKUS);
      index.append(await this.#rowsOf(records));
      this.#isTooLarge = index.chars > CHARS_MAX;
      if (this.#isTooLarge) return this.#drop();
      last = records.at(-1)?.sku;
      if (records.length < READ_SKUS || last === undefined) break;
      await nextTurn();
    }
    if (this.#isClosed) return;
    this.#built = { index, changed, locations: version };
    this.#timer = setInterval(() => this.#onTimer(), FOLLOW_MS).unref();
  }

  #drop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#built = null;
    this.#changed = null;
    this.#sweptTo = undefined;
  }

  #onTimer(): void {
    const built = this.#built;
    if (performance.now() - this.#usedMs > IDLE_MS) return this.#drop();
    if (!built) return;
    // The store cannot be read. A search waits for its own reading, and reports the failure.
    this.#alone(async () => {
      await this.#follow(built);
      if (this.#parts.store.supports.multiProcess) await this.#sweep(built);
    }).catch(() => undefined);
  }

  /** Runs one task after the other, so that an older reading never replaces a newer one. */
  #alone(task: () => Promise<void>): Promise<void> {
    const run = this.#work.catch(() => undefined).then(task);
    this.#work = run;
    return run;
  }

  async #follow({ index, changed }: Built): Promise<void> {
    await changed.catchUp();
    for (let skus = changed.take(READ_SKUS); skus.length > 0; skus = changed.take(READ_SKUS)) {
      const stocks = await this.#parts.reader.shown(skus).catch((error: unknown) => {
        changed.putBack(skus);
        throw error;
      });
      await putAll(
        index,
        skus.map((sku, at) => this.#rowOf(sku, stocks[at] ?? null)),
      );
    }
  }

  /** Reads the next SKUs of the list again. */
  async #sweep({ index }: Built): Promise<void> {
    for (let swept = 0; swept < SWEPT_SKUS && !this.#isClosed; swept += READ_SKUS) {
      const records = await listSkus(this.#parts.store, this.#sweptTo, READ_SKUS);
      await putAll(index, await this.#rowsOf(records));
      this.#sweptTo = records.length < READ_SKUS ? undefined : records.at(-1)?.sku;
      if (this.#sweptTo === undefined) return;
    }
  }

  async #rowsOf(records: readonly StockRecord[]): Promise<IndexedSku[]> {
    const { reader } = this.#parts;
    const stocks = await reader.listed(records);
    const archived = await reader.archivedAmong(stocks);
    return records.map(({ sku }, at) => this.#rowOf(sku, archived.has(sku) ? null : (stocks[at] ?? null)));
  }

  #rowOf(sku: string, stock: SkuStock | null): IndexedSku {
    if (!stock) return { sku, text: searchedText(sku, ''), available: Number.POSITIVE_INFINITY };
    const { title = '', available } = this.#parts.reader.levelOf(stock);
    // The units of a kit change with those of its components, so a kit is always read.
    const isKit = stock.main.components !== null;
    return { sku, text: searchedText(sku, title), available: isKit ? Number.NEGATIVE_INFINITY : available };
  }
}

const elapsed = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

async function putAll(index: SkuIndex, rows: readonly IndexedSku[]): Promise<void> {
  for (const [at, row] of rows.entries()) {
    index.put(row);
    if (at % PUTS_AT_ONCE === PUTS_AT_ONCE - 1) await nextTurn();
  }
}
