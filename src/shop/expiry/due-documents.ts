import { LRUCache } from 'lru-cache';
import type { Reclaimer } from '../../transact/reclaimer.ts';
import type { ExpiryEffects } from './expiry-effects.ts';

/** A document that failed is not tried again for this long. */
const FAILED_REST_MS = 60_000;
const FAILED_MAX = 1_000;

/**
 * Handles due documents: empties and deletes carts, expires unpaid orders, and deletes orders after their retention.
 */
export class DueDocuments {
  readonly #reclaimer: Reclaimer;
  readonly #effects: ExpiryEffects;
  readonly #failed = new LRUCache<string, true>({ max: FAILED_MAX, ttl: FAILED_REST_MS });

  constructor(reclaimer: Reclaimer, effects: ExpiryEffects) {
    this.#reclaimer = reclaimer;
    this.#effects = effects;
  }

  /** Runs until no due document can be changed. Rejects as the store does. */
  async run(signal?: AbortSignal): Promise<void> {
    for (let isEnd = false; !isEnd; ) {
      if (signal?.aborted) return;
      const { dueDocuments } = await this.#reclaimer.reclaim([]);
      const keys = dueDocuments.map(({ key }) => key).filter((key) => !this.#failed.has(key));
      const { changed, failed } = await this.#effects.applyAll('due', keys);
      for (const key of failed) this.#failed.set(key, true);
      isEnd = changed.length === 0;
    }
  }
}
