/** A window is long enough for several batches of the store, and short enough to follow a change within a second. */
const WINDOW_MS = 100;
/** The weight of a new window. After ten windows, one second, older measurements have a weight of 3 %. */
const WEIGHT = 0.3;
/** The assumed calls per millisecond before the first measurement: those of a small machine after its start. */
const FIRST_PER_MS = 1;
/** The least calls per millisecond. It prevents a division by zero when the store stalls. */
const LEAST_PER_MS = 0.01;

/**
 * Measures the rate of finished calls while the server is saturated.
 *
 * This rate is the capacity only while enough calls are outstanding. A window in which the server had spare time shows
 * how much was requested, not how much can be served, and is ignored.
 */
export class ServiceRate {
  #perMs = FIRST_PER_MS;
  #windowStart: number;
  #finished = 0;
  #wasSaturated = true;

  /** `now` is in milliseconds, by a clock that never goes back, also in the methods below. */
  constructor(now: number) {
    this.#windowStart = now;
  }

  /** The estimate of the capacity, in finished calls per millisecond. */
  get perMs(): number {
    return this.#perMs;
  }

  /** Counts a finished call. `isSaturated` as in `observe`. */
  finished(now: number, isSaturated: boolean): void {
    this.#finished += 1;
    this.observe(now, isSaturated);
  }

  /**
   * Must be called when a call begins or ends. `isSaturated`: so many calls are outstanding that the server has no
   * spare time. A window counts only if this was true at each call of this method within it.
   */
  observe(now: number, isSaturated: boolean): void {
    this.#wasSaturated &&= isSaturated;
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    if (this.#wasSaturated) {
      // A window that a stall has prolonged counts as several windows.
      const weight = 1 - (1 - WEIGHT) ** (elapsed / WINDOW_MS);
      this.#perMs = Math.max(LEAST_PER_MS, this.#perMs + weight * (this.#finished / elapsed - this.#perMs));
    }
    this.#windowStart = now;
    this.#finished = 0;
    this.#wasSaturated = isSaturated;
  }
}
