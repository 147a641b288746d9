import { LRUCache } from 'lru-cache';
import type { Money, StockRecord } from '../domain/records.ts';

const ENTRIES_MAX = 10_000;

export interface Definition {
  unitPrice: Money | null;
}

/** What SKUs are, as read at most `maxAgeMs` ago. SKUs that were not there are not remembered: they may be by now. */
export class Definitions {
  readonly #cache: LRUCache<string, Definition>;

  constructor(maxAgeMs: number) {
    this.#cache = new LRUCache({ max: ENTRIES_MAX, ttl: maxAgeMs });
  }

  get(sku: string): Definition | null {
    return this.#cache.get(sku) ?? null;
  }

  learn({ sku, unitPrice }: StockRecord): Definition {
    const definition = { unitPrice };
    this.#cache.set(sku, definition);
    return definition;
  }

  forget(sku: string): void {
    this.#cache.delete(sku);
  }
}
