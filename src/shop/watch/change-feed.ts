import type { MovementId } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import type { Read } from '../stock/stock-reader.ts';

const PAGE_ENTRIES = 500;
/** Behind every entry of a transaction. */
const LAST_INDEX = 4_294_967_295;

/** Which SKUs have changed, by any process, from the ledger. */
export class ChangeFeed {
  readonly #store: Pick<Store, 'feed'>;
  readonly #read: Read;
  #after: MovementId | null = null;

  constructor(store: Pick<Store, 'feed'>, read: Read) {
    this.#store = store;
    this.#read = read;
  }

  /**
   * Returns the SKUs that changed since the last call. Returns null on the first call and after more changes than are worth
   * reading: then each SKU may have changed. Not among them are changes without a movement, as of safety stock. Throws `StoreError`.
   */
  async changed(): Promise<Set<string> | null> {
    if (this.#after === null) return this.#jump();
    const entries = await this.#store.feed({ after: this.#after, limit: PAGE_ENTRIES });
    if (entries.length === PAGE_ENTRIES) return this.#jump();
    this.#after = entries.at(-1)?.id ?? this.#after;
    return new Set(entries.flatMap((entry) => (entry.kind === 'document' ? [] : [entry.sku])));
  }

  /** To be called when nobody listened for a while. */
  reset(): void {
    this.#after = null;
  }

  async #jump(): Promise<null> {
    const { sequence } = await this.#read({ skus: [] });
    this.#after = `${sequence}-${LAST_INDEX}`;
    return null;
  }
}
