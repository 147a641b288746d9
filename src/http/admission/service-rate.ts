/** A window is long enough for several batches of the store, and short enough to follow a change within a second. */
const WINDOW_MS = 100;
/** The weight of a new window. Ten windows, one second, forget 97 % of what was measured before. */
const WEIGHT = 0.3;
/** What is assumed before anything was measured, calls per millisecond: a small machine that has just started. */
const FIRST_PER_MS = 1;
/** A stalled store must not divide by zero, calls per millisecond. */
const LEAST_PER_MS = 0.01;

/**
 * The rate at which calls are finished while the server is saturated.
 *
 * Finished calls per second are the capacity only while enough calls are outstanding. A window in which the server had
 * spare time says how much was requested, not how much can be served, and is left out.
 */
export class ServiceRate {
  #perMs = FIRST_PER_MS;
  #windowStart: number;
  #finished = 0;
  #wasSaturated = true;

  /** `now` is a monotonic time in milliseconds, here and in all methods. */
  constructor(now: number) {
    this.#windowStart = now;
  }

  /** Calls per millisecond. */
  get perMs(): number {
    return this.#perMs;
  }

  /** Counts a finished call. */
  finished(now: number, isSaturated: boolean): void {
    this.#finished += 1;
    this.observe(now, isSaturated);
  }

  /** Reports whether enough calls are outstanding. To be called with each call that begins or ends. */
  observe(now: number, isSaturated: boolean): void {
    this.#wasSaturated &&= isSaturated;
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    if (this.#wasSaturated) {
      // A window that a stall has made longer counts for as many windows as it lasted.
      const weight = 1 - (1 - WEIGHT) ** (elapsed / WINDOW_MS);
      this.#perMs = Math.max(LEAST_PER_MS, this.#perMs + weight * (this.#finished / elapsed - this.#perMs));
    }
    this.#windowStart = now;
    this.#finished = 0;
    this.#wasSaturated = isSaturated;
  }
}
