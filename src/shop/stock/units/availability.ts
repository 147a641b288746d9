import type { LRUCache } from 'lru-cache';
import type { Location } from '../../../contract/outputs/location-outputs.ts';
import type { Settings } from '../../../contract/settings.ts';
import { growingCache } from '../../../store/growing-cache.ts';
import { HeldShare } from './held-share.ts';
import { availableAt, earliestShipping, onHandAt, type SkuStock } from './sku-stock.ts';
import type { StockReader } from './stock-reader.ts';
import type { Availability } from '../../../contract/outputs/stock-outputs.ts';

const CACHED_SKUS_MAX = 10_000;

/**
 * The availability that shoppers see, at most `Settings.cacheMs` old. Concurrent requests for one SKU share a read.
 * Reservations do not use it: the store decides them.
 */
export class AvailabilityCache {
  readonly #reader: StockReader;
  readonly #lowStockUnits: number;
  readonly #isOn: boolean;
  readonly #cache: LRUCache<string, Promise<SkuStock | null>>;
  readonly #heldShare = new HeldShare();

  constructor(reader: StockReader, { cacheMs, lowStockUnits }: Settings) {
    this.#reader = reader;
    this.#lowStockUnits = lowStockUnits;
    // LRUCache treats a ttl of 0 as unlimited.
    this.#isOn = cacheMs > 0;
    this.#cache = growingCache(CACHED_SKUS_MAX, cacheMs);
  }

  /** The highest share of units in live holds, of the SKUs that were read lately. */
  get heldShareMax(): number {
    return this.#heldShare.highest;
  }

  /** Returns the availability at some locations, in the order of `skus`. Rejects like the store. */
  async of(skus: readonly string[], locations: readonly Location[]): Promise<Availability[]> {
    const stocks = await this.#stocks(skus);
    return skus.map((sku, index) => availabilityOf(sku, stocks[index] ?? null, locations, this.#lowStockUnits));
  }

  /** The cache has the stock at all locations, so that calls for any channel share it. Failures are not cached. */
  async #stocks(skus: readonly string[]): Promise<(SkuStock | null)[]> {
    if (!this.#isOn) return (await this.#reader.shown(skus)).map((stock) => this.#seen(stock));
    const missing = [...new Set(skus)].filter((sku) => !this.#cache.has(sku));
    const own = new Map<string, Promise<SkuStock | null>>();
    if (missing.length > 0) {
      const reading = this.#reader.shown(missing);
      missing.forEach((sku, index) => own.set(sku, this.#remember(sku, index, reading)));
    }
    return Promise.all(skus.map((sku) => own.get(sku) ?? this.#cache.get(sku) ?? this.#single(sku)));
  }

  #remember(sku: string, index: number, reading: Promise<(SkuStock | null)[]>): Promise<SkuStock | null> {
    const answer = reading.then((stocks) => this.#seen(stocks[index] ?? null));
    this.#cache.set(sku, answer);
    answer.catch(() => {
      if (this.#cache.peek(sku) === answer) this.#cache.delete(sku);
    });
    return answer;
  }

  #seen(stock: SkuStock | null): SkuStock | null {
    this.#heldShare.note(stock);
    return stock;
  }

  /** Reads a SKU whose cache entry has just expired. */
  async #single(sku: string): Promise<SkuStock | null> {
    return this.#remember(sku, 0, this.#reader.shown([sku]));
  }
}

/** Returns the availability of a SKU at some locations. Null means that the shop does not have the SKU. */
export function availabilityOf(
  sku: string,
  stock: SkuStock | null,
  locations: readonly Location[],
  lowStockUnits: number,
): Availability {
  if (!stock) return { sku, available: 0, status: 'unknown' };
  const available = availableAt(stock, locations);
  const onHand = onHandAt(stock, locations);
  if (onHand > 0) return { sku, available, status: onHand <= lowStockUnits ? 'low' : 'in_stock' };
  if (available === 0) return { sku, available, status: 'out_of_stock' };
  const shipsAt = earliestShipping(stock, locations);
  return { sku, available, status: 'backorder', ...(shipsAt === null ? {} : { shipsAt }) };
}

/** Returns what shoppers see of an availability, or of an update that contains one. */
export function shownAvailability<T extends Availability>(
  exact: T,
  settings: ShowSettings,
): Omit<T, 'available'> & { available?: number } {
  if (settings.showStock === 'exact') return exact;
  const { available, ...rest } = exact;
  return { ...rest, ...shownUnits(available, settings) };
}

export type ShowSettings = Pick<Settings, 'showStock' | 'lowStockUnits'>;

/** Returns a number of available units as shoppers see it; without a field if they do not see it. */
export function shownUnits(available: number, { showStock, lowStockUnits }: ShowSettings): { available?: number } {
  if (showStock === 'status') return {};
  return { available: showStock === 'exact' ? available : Math.min(available, Math.max(1, lowStockUnits)) };
}
