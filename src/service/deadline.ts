import { StoreError } from '../store/store.ts';

/** How much longer a call may go on. Local and monotonic: the store's time decides nothing here. */
export class Deadline {
  #endMs: number;

  constructor(durationMs: number) {
    this.#endMs = performance.now() + durationMs;
  }

  /** By `performance.now`. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Throws `StoreError` `unavailable` once the time is over: the call had no effect so far. */
  check(what: string): void {
    if (performance.now() >= this.#endMs) throw new StoreError('unavailable', `gave up in time: ${what}`);
  }

  /** The time is over. Whoever was told so is not to be contradicted by what `check` finds afterwards. */
  end(): void {
    this.#endMs = Number.NEGATIVE_INFINITY;
  }
}
