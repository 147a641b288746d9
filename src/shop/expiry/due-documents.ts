import { LRUCache } from 'lru-cache';
import type { Reclaimer } from '../../transact/reclaimer.ts';
import type { FollowUp } from './follow-up.ts';

/** A document that could not be worked on is left alone for this long. */
const FAILED_REST_MS = 60_000;
const FAILED_MAX = 1_000;

/** Works on documents whose time has come: carts are emptied and dropped, orders past their retention are dropped. */
export class DueDocuments {
  readonly #reclaimer: Reclaimer;
  readonly #followUp: FollowUp;
  readonly #failed = new LRUCache<string, true>({ max: FAILED_MAX, ttl: FAILED_REST_MS });

  constructor(reclaimer: Reclaimer, followUp: FollowUp) {
    this.#reclaimer = reclaimer;
    this.#followUp = followUp;
  }

  /** Goes on until nothing that is due can be worked on. Rejects as the store does. */
  async run(signal?: AbortSignal): Promise<void> {
    for (let isEnd = false; !isEnd; ) {
      if (signal?.aborted) return;
      const { dueDocuments } = await this.#reclaimer.reclaim([]);
      const keys = dueDocuments.map(({ key }) => key).filter((key) => !this.#failed.has(key));
      const { changed, failed } = await this.#followUp.all('due', keys);
      for (const key of failed) this.#failed.set(key, true);
      isEnd = changed.length === 0;
    }
  }
}
