import { LRUCache } from 'lru-cache';
import { availableOf } from '../../domain/machine/step-context.ts';
import type { StockRecord } from '../../domain/records.ts';
import type { Settings } from '../../contract/settings.ts';
import type { StockReader } from './stock-reader.ts';
import type { Availability } from '../../contract/stock-outputs.ts';

const ENTRIES_MAX = 10_000;

/**
 * What shoppers are told about stock: at most `Settings.cacheMs` old. Concurrent questions about one SKU share a read.
 * It decides nothing: a reservation asks the store.
 */
export class AvailabilityCache {
  readonly #reader: StockReader;
  readonly #lowStockUnits: number;
  readonly #isOn: boolean;
  readonly #cache: LRUCache<string, Promise<Availability>>;

  constructor(reader: StockReader, { cacheMs, lowStockUnits }: Settings) {
    this.#reader = reader;
    this.#lowStockUnits = lowStockUnits;
    // The cache itself takes a ttl of 0 for "without end".
    this.#isOn = cacheMs > 0;
    this.#cache = new LRUCache({ max: ENTRIES_MAX, ttl: cacheMs });
  }

  /** In the order of `skus`. Rejects as the store does; failures are not remembered. */
  async of(skus: readonly string[]): Promise<Availability[]> {
    if (!this.#isOn) {
      const records = await this.#reader.shown(skus);
      return skus.map((sku, index) => availabilityOf(sku, records[index] ?? null, this.#lowStockUnits));
    }
    const missing = [...new Set(skus)].filter((sku) => !this.#cache.has(sku));
    const own = new Map<string, Promise<Availability>>();
    if (missing.length > 0) {
      const reading = this.#reader.shown(missing);
      missing.forEach((sku, index) => own.set(sku, this.#remember(sku, index, reading)));
    }
    return Promise.all(skus.map((sku) => own.get(sku) ?? this.#cache.get(sku) ?? this.#single(sku)));
  }

  #remember(sku: string, index: number, reading: Promise<(StockRecord | null)[]>): Promise<Availability> {
    const answer = reading.then((records) => availabilityOf(sku, records[index] ?? null, this.#lowStockUnits));
    this.#cache.set(sku, answer);
    answer.catch(() => {
      if (this.#cache.peek(sku) === answer) this.#cache.delete(sku);
    });
    return answer;
  }

  /** One that was in the cache a moment ago and is too old now. */
  async #single(sku: string): Promise<Availability> {
    return this.#remember(sku, 0, this.#reader.shown([sku]));
  }
}

/** What shoppers are told of a SKU; null stands for one that the shop does not have. */
export function availabilityOf(sku: string, record: StockRecord | null, lowStockUnits: number): Availability {
  if (!record) return { sku, available: 0, status: 'unknown' };
  const available = availableOf(record);
  if (available === 0) return { sku, available, status: 'out_of_stock' };
  return { sku, available, status: available <= lowStockUnits ? 'low' : 'in_stock' };
}
