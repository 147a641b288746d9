import type { Money, StockRecord } from '../../../domain/records.ts';
import { growingCache } from '../../../store/growing-cache.ts';

const SKUS_MAX = 10_000;

/** The price of a SKU that exists. */
export interface SkuPrice {
  unitPrice: Money | null;
}

/**
 * The last known prices. A step composed from a cached price asserts it, so the store rejects the step after a price
 * change. Unknown SKUs are not cached, because they may be created at any time.
 */
export class PriceCache {
  readonly #cache = growingCache<SkuPrice>(SKUS_MAX);
  readonly #isOn: boolean;

  /** When the cache is off, every change of a cart line reads the SKU. */
  constructor({ isOn }: { isOn: boolean }) {
    this.#isOn = isOn;
  }

  get(sku: string): SkuPrice | null {
    return this.#cache.get(sku) ?? null;
  }

  put({ sku, unitPrice }: Pick<StockRecord, 'sku' | 'unitPrice'>): SkuPrice {
    const price = { unitPrice };
    if (this.#isOn) this.#cache.set(sku, price);
    return price;
  }

  delete(sku: string): void {
    this.#cache.delete(sku);
  }
}
