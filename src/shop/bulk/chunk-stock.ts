import type { StockRecord } from '../../domain/records.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { ImportRow } from './bulk-api.ts';
import { componentsIn, isShared } from './row-settings.ts';

/** The stock that the rows of a chunk need, with the changes of the steps so far. */
export class ChunkStock {
  readonly #locations: ShopLocations;
  readonly #records: Map<string, StockRecord | null>;
  readonly #behind: ReadonlySet<string>;

  constructor(
    locations: ShopLocations,
    keys: readonly string[],
    view: { stock: readonly (StockRecord | null)[]; behind: readonly string[] },
  ) {
    this.#locations = locations;
    this.#records = new Map(keys.map((key, index) => [key, view.stock[index] ?? null]));
    this.#behind = new Set(view.behind);
  }

  /** Returns the stock key of a row; null if the shop does not have its location. */
  keyOf({ sku, location }: ImportRow): string | null {
    return keyOfRow(this.#locations, sku, location);
  }

  record(key: string): StockRecord | null {
    return this.#records.get(key) ?? null;
  }

  /** Returns the records of a SKU that were read. */
  recordsOf(sku: string): Map<string, StockRecord | null> {
    const keys = this.#locations.keysOf(sku).filter((key) => this.#records.has(key));
    return new Map(keys.map((key) => [key, this.record(key)]));
  }

  /** Notes what a step has written, for the rows after it. */
  note(key: string, record: StockRecord): void {
    this.#records.set(key, record);
  }

  /** Whether overdue holds of the key still count as reserved. */
  isBehind(key: string): boolean {
    return this.#behind.has(key);
  }
}

const keyOfRow = (locations: ShopLocations, sku: string, named: string | undefined): string | null => {
  if (named === undefined) return sku;
  const location = locations.titled(named);
  return location && stockKey(sku, location.id);
};

/**
 * Returns the keys of the stock that rows need: all of a SKU if its settings change at all locations, and all of the
 * components of a kit.
 */
export function keysOfRows(locations: ShopLocations, rows: readonly ImportRow[]): string[] {
  const parts = rows.flatMap(componentsIn);
  if (!locations.several && parts.length === 0) return rows.map(({ sku }) => sku);
  const keys = new Set<string>();
  for (const row of rows) {
    const key = keyOfRow(locations, row.sku, row.location);
    for (const each of isShared(row) ? locations.keysOf(row.sku) : [row.sku, ...(key === null ? [] : [key])])
      keys.add(each);
  }
  for (const sku of parts) for (const each of locations.keysOf(sku)) keys.add(each);
  return [...keys];
}

/** The keys of the stock that is read for the rows of a chunk, which may be read several times. */
export class ChunkKeys {
  readonly #locations: ShopLocations;
  readonly #rows: readonly ImportRow[];
  keys: readonly string[];
  #isRepeated: boolean;

  /** `ahead` are the keys that were read ahead; null if none were. */
  constructor(locations: ShopLocations, rows: readonly ImportRow[], ahead: readonly string[] | null) {
    this.#locations = locations;
    this.#rows = rows;
    this.keys = ahead ?? [];
    this.#isRepeated = ahead !== null;
  }

  /**
   * Returns the keys for a composition. A new location may have been the reason why the store refused an earlier one.
   */
  async again(): Promise<readonly string[]> {
    await (this.#isRepeated ? this.#locations.refresh() : this.#locations.prepare());
    this.#isRepeated = true;
    this.keys = keysOfRows(this.#locations, this.#rows);
    return this.keys;
  }
}
