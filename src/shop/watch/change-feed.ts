import { idAfter } from '../../domain/movement-ids.ts';
import type { MovementId } from '../../domain/records.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import type { Store } from '../../store/store.ts';
import type { Read } from '../stock/units/stock-reader.ts';

const CHANGES_PAGE_ENTRIES = 500;

/** Reads the SKUs that have changed, in any process, from the ledger. */
export class ChangeFeed {
  readonly #store: Pick<Store, 'feed'>;
  readonly #read: Read;
  #after: MovementId | null = null;

  constructor(store: Pick<Store, 'feed'>, read: Read) {
    this.#store = store;
    this.#read = read;
  }

  /**
   * Resolves with the SKUs that changed since the last call. Resolves with null on the first call and after a full page
   * of changes: then each SKU may have changed. Changes without a movement, as of safety stock, are not included.
   * Rejects with `StoreError`.
   */
  async changed(): Promise<Set<string> | null> {
    if (this.#after === null) return this.#jump();
    const entries = await this.#store.feed({ after: this.#after, limit: CHANGES_PAGE_ENTRIES });
    if (entries.length === CHANGES_PAGE_ENTRIES) return this.#jump();
    this.#after = entries.at(-1)?.id ?? this.#after;
    return new Set(entries.flatMap((entry) => (entry.kind === 'document' ? [] : [skuOf(entry.sku)])));
  }

  /** Must be called after a time without subscribers. */
  reset(): void {
    this.#after = null;
  }

  async #jump(): Promise<null> {
    const { sequence } = await this.#read({ skus: [] });
    this.#after = idAfter(sequence);
    return null;
  }
}
