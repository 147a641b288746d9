import { LRUCache } from 'lru-cache';
import type { Money, StockRecord } from '../domain/records.ts';

const ENTRIES_MAX = 10_000;

export interface Definition {
  unitPrice: Money | null;
}

/** What SKUs are, as read at most `maxAgeMs` ago. SKUs that were not there are not remembered: they may be by now. */
export class Definitions {
  readonly #cache: LRUCache<string, Definition>;
  readonly #isOn: boolean;

  /** With `maxAgeMs` 0 nothing is remembered: every change of a line reads what its SKU is. */
  constructor(maxAgeMs: number) {
    this.#isOn = maxAgeMs > 0;
    this.#cache = new LRUCache({ max: ENTRIES_MAX, ttl: maxAgeMs });
  }

  get(sku: string): Definition | null {
    return this.#cache.get(sku) ?? null;
  }

  learn({ sku, unitPrice }: StockRecord): Definition {
    const definition = { unitPrice };
    if (this.#isOn) this.#cache.set(sku, definition);
    return definition;
  }

  forget(sku: string): void {
    this.#cache.delete(sku);
  }
}
