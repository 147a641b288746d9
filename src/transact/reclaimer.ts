import { RECLAIM_CALL_HOLDS_MAX } from '../domain/limits.ts';
import { type Reclaimed, type Store, StoreError } from '../store/store.ts';
import { settled } from './settled.ts';

/** SKUs that one `reclaim` call may name. The store accepts any number; the bound keeps a call short. */
const NAMED_SKUS_MAX = 1_000;

interface Round {
  skus: Set<string>;
  result: Promise<Reclaimed>;
}

/**
 * Ends overdue holds with one store call at a time. Callers that arrive during a call share the next one, so that a
 * thousand callers that meet the same overdue holds cost two calls, not a thousand.
 */
export class Reclaimer {
  readonly #store: Pick<Store, 'reclaim'>;
  readonly #onReclaimed: (reclaimed: Reclaimed) => void;
  /** The number of holds that this process has ended. */
  holdsReclaimed = 0;
  #last: Promise<unknown> = Promise.resolve();
  #next: Round | null = null;

  constructor(store: Pick<Store, 'reclaim'>, onReclaimed: (reclaimed: Reclaimed) => void) {
    this.#store = store;
    this.#onReclaimed = onReclaimed;
  }

  /**
   * Ends overdue holds of `skus` first, then the oldest others. Rejects with `StoreError`, but never `outcome_unknown`,
   * because it does not matter which call ended the holds.
   */
  reclaim(skus: readonly string[]): Promise<Reclaimed> {
    const round = this.#next ?? this.#open();
    for (const sku of skus) if (round.skus.size < NAMED_SKUS_MAX) round.skus.add(sku);
    return round.result;
  }

  #open(): Round {
    const skus = new Set<string>();
    const result = this.#last.then(() => this.#send(skus));
    this.#last = settled(result);
    this.#next = { skus, result };
    return this.#next;
  }

  async #send(skus: ReadonlySet<string>): Promise<Reclaimed> {
    this.#next = null;
    const request = { skus: [...skus], limit: RECLAIM_CALL_HOLDS_MAX };
    const reclaimed = await this.#store.reclaim(request).catch((error: unknown) => {
      const isUnknown = error instanceof StoreError && error.fault === 'outcome_unknown';
      throw isUnknown ? new StoreError('unavailable', error.message, { cause: error }) : error;
    });
    this.holdsReclaimed += reclaimed.ended;
    this.#onReclaimed(reclaimed);
    return reclaimed;
  }
}
