import { LRUCache } from 'lru-cache';
import type { Money, StockRecord } from '../../domain/records.ts';

const ENTRIES_MAX = 10_000;

export interface Definition {
  unitPrice: Money | null;
}

/**
 * What SKUs are, as last read. A step that was composed from it names the price, and the store refuses it where the price has changed.
 * SKUs that were not there are not remembered: they may be by now.
 */
export class Definitions {
  readonly #cache = new LRUCache<string, Definition>({ max: ENTRIES_MAX });
  readonly #isOn: boolean;

  /** Where it is off nothing is remembered: every change of a line reads what its SKU is. */
  constructor({ isOn }: { isOn: boolean }) {
    this.#isOn = isOn;
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
