import { growingCache } from '../../../store/growing-cache.ts';

const STOCK_KEYS_MAX = 10_000;
/** The number of consecutive refusals from which on a stock counts as empty. */
const REFUSALS_MIN = 8;

interface Refusals {
  count: number;
  /** When the last call was refused or let through, by `performance.now`. */
  at: number;
}

/**
 * Remembers the stock that has just refused many calls because it had too few units. Calls without a read then try the
 * next location first, so that a sold-out location does not cost each of them a second attempt. One call each `cacheMs`
 * still tries the stock. If it gets its units, or if a read finds some, the stock does not count as empty any more.
 */
export class EmptyStock {
  readonly #cacheMs: number;
  readonly #refusals = growingCache<Refusals>(STOCK_KEYS_MAX);

  constructor({ cacheMs }: { cacheMs: number }) {
    this.#cacheMs = cacheMs;
  }

  noteRefusal(key: string): void {
    const at = performance.now();
    const known = this.#refusals.get(key);
    const isRow = known !== undefined && at - known.at < 2 * this.#cacheMs;
    this.#refusals.set(key, { count: isRow ? known.count + 1 : 1, at });
  }

  noteUnits(key: string): void {
    this.#refusals.delete(key);
  }

  /** Returns whether a call should try another location. */
  has(key: string): boolean {
    const known = this.#refusals.get(key);
    if (known === undefined || known.count < REFUSALS_MIN) return false;
    const now = performance.now();
    if (now - known.at < this.#cacheMs) return true;
    known.at = now;
    return false;
  }
}
