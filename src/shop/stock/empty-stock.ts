import { LRUCache } from 'lru-cache';

const KEYS_MAX = 10_000;
/** So many refusals within the time show that many callers want the SKU. */
const REFUSALS_MIN = 8;

/**
 * The stock that has just refused many calls, because it had too few units. Calls that need no read try the next
 * location then, so that a sold out location does not cost each of them a second attempt. A few refusals change
 * nothing. What is remembered is at most `cacheMs` old, like the availability that shoppers see.
 */
export class EmptyStock {
  readonly #cacheMs: number;
  readonly #refusals = new LRUCache<string, { since: number; count: number }>({ max: KEYS_MAX });

  constructor({ cacheMs }: { cacheMs: number }) {
    this.#cacheMs = cacheMs;
  }

  noteRefusal(key: string): void {
    const now = performance.now();
    const known = this.#refusals.get(key);
    if (known && now - known.since < this.#cacheMs) known.count += 1;
    else this.#refusals.set(key, { since: now, count: 1 });
  }

  has(key: string): boolean {
    const known = this.#refusals.get(key);
    return known !== undefined && known.count >= REFUSALS_MIN && performance.now() - known.since < this.#cacheMs;
  }
}
