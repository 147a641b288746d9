import { nextTurn } from '../../../runtime/pause.ts';
import type { StockRecord } from '../../../domain/records.ts';
import { componentsOf } from '../../../domain/kits.ts';
import { stockKey } from '../../../domain/stock-keys.ts';
import type { ReadRequest, Snapshot, Store } from '../../../store/store.ts';
import { assertReadable, ok, type Result, refuse } from '../../../contract/calls/call.ts';
import { archiveKey } from '../../../transact/documents/names.ts';
import type { Reclaimer } from '../../../transact/reclaimer.ts';
import type { StockLevel } from '../../../contract/outputs/stock-outputs.ts';
import type { ShopLocations } from '../../location/shop-locations.ts';
import { currentStock, keysOfComponents, type StockByKey } from './sellable-units.ts';
import {
  type LevelLocations,
  levelAt,
  levelOf,
  newestVersion,
  type SkuStock,
  skuStockOf,
  counterSum,
} from './sku-stock.ts';

const NO_SKUS: ReadonlySet<string> = new Set();

export type Read = (request: ReadRequest) => Promise<Snapshot>;

/** Stock keys that one read returns. All keys of a SKU are in one read. */
const READ_KEYS_MAX = 2_000;

/** Holds per page, where a read could not sum them all. Short enough not to block the store or the event loop. */
export const PAGE_HOLDS = 500;

interface StockReaderParts {
  store: Pick<Store, 'listHolds'>;
  /** Reads with the components of kits: see `withComponents`. */
  read: Read;
  reclaimer: Pick<Reclaimer, 'reclaim'>;
  locations: ShopLocations;
}

/**
 * Reads stock as buyers find it: units of overdue holds count as available, even before the holds are ended. A read
 * never waits for a write, so it also works while the store refuses writes. It requests the reclaim of overdue holds
 * without waiting for it.
 */
export class StockReader {
  readonly #parts: StockReaderParts;

  constructor(parts: StockReaderParts) {
    this.#parts = parts;
  }

  /** Returns the records in the order of `keys`, like `stocks`; null for a record that is absent or damaged. */
  async records(keys: readonly string[]): Promise<(StockRecord | null)[]> {
    const stock = await this.#current(await this.#parts.read({ skus: keys }));
    return keys.map((key) => stock.get(key) ?? null);
  }

  /** Returns the stock of keys and of the components of kits among them, like `stocks`. */
  async current(keys: readonly string[]): Promise<StockByKey> {
    return this.#current(await this.#parts.read({ skus: keys }));
  }

  /**
   * Returns the stock of SKUs at all locations, without overdue holds in `reserved`. Each SKU is from one snapshot,
   * with its components. Damaged records are left out. If a key has very many overdue and other holds, they are summed
   * in pages after the record was read. Holds reclaimed meanwhile still count as reserved, so `reserved` is never too
   * low. Throws `StoreError`.
   */
  async stocks(skus: readonly string[]): Promise<(SkuStock | null)[]> {
    return (await this.stocksInEpoch(skus)).stocks;
  }

  /** Returns the stock of SKUs whose records of `main` were just listed. Overdue holds may be in `reserved`. */
  async listed(records: readonly StockRecord[]): Promise<(SkuStock | null)[]> {
    const { locations } = this.#parts;
    await locations.prepare();
    if (locations.several) return this.stocks(records.map(({ sku }) => sku));
    return records.map((record) => skuStockOf(record.sku, [record.sku], new Map([[record.sku, record]])));
  }

  /** Like `stocks`, without the archived SKUs. Throws `StoreError`. */
  async shown(skus: readonly string[]): Promise<(SkuStock | null)[]> {
    const stocks = await this.stocks(skus);
    const archived = await this.archivedAmong(stocks);
    return archived.size === 0 ? stocks : stocks.map((stock) => (stock && archived.has(stock.sku) ? null : stock));
  }

  /**
   * Returns the archived SKUs of these. Both versions are the sequence of the transaction that wrote them: while they
   * are equal, archiving was the last change of the SKU at any location. A SKU with units on hand cannot be archived.
   */
  async archivedAmong(stocks: readonly (SkuStock | null)[]): Promise<ReadonlySet<string>> {
    const empty = stocks.filter((stock) => stock !== null && counterSum(stock, 'onHand') === 0) as SkuStock[];
    if (empty.length === 0) return NO_SKUS;
    const { documents } = await this.#parts.read({ documents: empty.map(({ sku }) => archiveKey(sku)) });
    return new Set(
      empty.flatMap((stock, at) => (documents[at]?.record.version === newestVersion(stock) ? [stock.sku] : [])),
    );
  }

  /** Like `stocks`, with the sequence at which the shop's current epoch began. */
  async stocksInEpoch(skus: readonly string[]): Promise<{ stocks: (SkuStock | null)[]; epochBegan: number }> {
    const ids = await this.#locationIds();
    const stocks: (SkuStock | null)[] = [];
    const skusAtOnce = Math.max(1, Math.floor(READ_KEYS_MAX / ids.length));
    let epochBegan = 0;
    for (let from = 0; from === 0 || from < skus.length; from += skusAtOnce) {
      const some = skus.slice(from, from + skusAtOnce);
      const keysOf = (sku: string): string[] => ids.map((id) => stockKey(sku, id));
      const view = await this.#parts.read({ skus: some.flatMap(keysOf) });
      const stock = await this.#current(view);
      for (const sku of some) stocks.push(skuStockOf(sku, keysOf(sku), stock));
      ({ epochBegan } = view);
    }
    return { stocks, epochBegan };
  }

  /**
   * Returns the level of a SKU, or of one location that exists. Throws `StoreError`, and `ServiceFailure` for a damaged
   * record.
   */
  async level(sku: string, location?: string): Promise<Result<StockLevel>> {
    const keys = (await this.#locationIds()).map((id) => stockKey(sku, id));
    const view = await this.#parts.read({ skus: keys });
    const current = await this.#current(view);
    const parts = keys.flatMap((key) => componentKeys(current.get(key)));
    assertReadable(view, ...[...keys, ...parts].map((key) => `stock:${key}`));
    const stock = skuStockOf(sku, keys, current);
    if (!stock) return refuse({ reason: 'unknown_sku', meta: { sku } });
    return ok(location === undefined ? this.levelOf(stock) : levelAt(stock, location, this.levelLocations.active));
  }

  /** Returns the level of a stock that was just read. */
  levelOf(stock: SkuStock): StockLevel {
    return levelOf(stock, this.levelLocations);
  }

  get levelLocations(): LevelLocations {
    const { locations } = this.#parts;
    return { several: locations.several, active: locations.activeFor() };
  }

  async #locationIds(): Promise<string[]> {
    const { locations } = this.#parts;
    await locations.prepare();
    return locations.all.map(({ id }) => id);
  }

  async #current(view: Snapshot): Promise<StockByKey> {
    const summed = new Map<string, number>();
    if (view.behind.length > 0) {
      this.#requestReclaim(view.behind);
      for (const [index, record] of view.stock.entries())
        if (record && (view.overdue[index] ?? null) === null)
          summed.set(record.sku, await this.#sumPages(record.sku, view.at));
    }
    return currentStock(view, ({ sku }) => summed.get(sku) ?? 0);
  }

  /** Requests a reclaim without waiting for it. Expiry reports repeated failures. */
  #requestReclaim(skus: readonly string[]): void {
    this.#parts.reclaimer.reclaim(skus).catch(() => undefined);
  }

  async #sumPages(sku: string, at: number): Promise<number> {
    let units = 0;
    for (let after: { sku: string; expiresAt: number; holdId: string } | undefined; ; ) {
      const page = await this.#parts.store.listHolds({ sku, ...(after ? { after } : {}), limit: PAGE_HOLDS });
      const overdue = page.filter(({ expiresAt }) => expiresAt <= at);
      for (const { quantity } of overdue) units += quantity;
      after = page.at(-1);
      if (overdue.length < PAGE_HOLDS || after === undefined) return units;
      await nextTurn();
    }
  }
}

const componentKeys = (record: StockRecord | undefined): string[] =>
  record ? keysOfComponents(record.sku, componentsOf(record) ?? []) : [];
