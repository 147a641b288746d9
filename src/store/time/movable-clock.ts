export interface MovableClockOptions {
  /** Epoch milliseconds at which the clock begins. Default: now. */
  startAt?: number;
  /** Whether the time passes by itself. Default: it stands still until `advance`. */
  runs?: boolean;
}

/** A clock for tests and development that can be moved ahead. It never goes back. */
export class MovableClock {
  readonly #isRunning: boolean;
  #at: number;
  #since = performance.now();

  constructor({ startAt = Date.now(), runs = false }: MovableClockOptions = {}) {
    if (!Number.isSafeInteger(startAt) || startAt < 0) throw new TypeError('startAt takes epoch milliseconds');
    this.#at = startAt;
    this.#isRunning = runs;
  }

  /** Returns epoch milliseconds. */
  readonly now = (): number => {
    if (!this.#isRunning) return this.#at;
    return this.#at + Math.floor(performance.now() - this.#since);
  };

  /** Moves the clock ahead. Throws `RangeError` for a time that is not a whole number of milliseconds, 0 or more. */
  advance(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0 || !Number.isSafeInteger(this.#at + ms)) {
      throw new RangeError('advance takes a whole number of milliseconds, 0 or more');
    }
    this.#at += ms;
  }
}
