import { idAfter } from '../../../domain/movement-ids.ts';
import type { MovementId } from '../../../domain/records.ts';
import { skuOf } from '../../../domain/stock-keys.ts';
import type { Transaction } from '../../../domain/transaction.ts';
import type { Store } from '../../../store/store.ts';
import { nextTurn } from '../../../runtime/pause.ts';
import type { Read } from '../units/stock-reader.ts';

/** Entries per page: few enough to decode in one turn of the event loop. */
const PAGE_ENTRIES = 1_000;

interface ChangedSkusParts {
  store: Pick<Store, 'feed'>;
  read: Read;
}

/**
 * Collects the SKUs that change: those whose units change in any process, from the ledger, and those whose settings
 * change in this process, which the ledger does not have.
 */
export class ChangedSkus {
  readonly #parts: ChangedSkusParts;
  readonly #changed = new Set<string>();
  #after: MovementId;

  private constructor(parts: ChangedSkusParts, after: MovementId) {
    this.#parts = parts;
    this.#after = after;
  }

  /** Returns a collector of the changes from now on. Throws `StoreError`. */
  static async fromNow(parts: ChangedSkusParts): Promise<ChangedSkus> {
    const { sequence } = await parts.read({ skus: [] });
    return new ChangedSkus(parts, idAfter(sequence));
  }

  /** Notes the SKUs whose settings these transactions change, or which they archive. */
  note(transactions: readonly Transaction[]): void {
    for (const { steps } of transactions)
      for (const step of steps)
        if (step.kind === 'configure' || step.kind === 'count') this.#changed.add(skuOf(step.sku));
  }

  /** Reads the ledger up to its present end. Throws `StoreError`. */
  async catchUp(): Promise<void> {
    for (;;) {
      const entries = await this.#parts.store.feed({ after: this.#after, limit: PAGE_ENTRIES });
      for (const entry of entries) if (entry.kind !== 'document') this.#changed.add(skuOf(entry.sku));
      this.#after = entries.at(-1)?.id ?? this.#after;
      if (entries.length < PAGE_ENTRIES) return;
      await nextTurn();
    }
  }

  /** Removes and returns some of the changed SKUs. */
  take(limit: number): string[] {
    const taken: string[] = [];
    for (const sku of this.#changed) {
      this.#changed.delete(sku);
      if (taken.push(sku) === limit) break;
    }
    return taken;
  }

  /** Puts SKUs back that could not be read. */
  putBack(skus: readonly string[]): void {
    for (const sku of skus) this.#changed.add(sku);
  }
}
