import { StoreError } from '../store/store.ts';

/** How much longer a call may go on. Local and monotonic: the store's time decides nothing here. */
export class Deadline {
  #endMs: number;

  constructor(durationMs: number) {
    this.#endMs = performance.now() + durationMs;
  }

  /** Throws `StoreError` `unavailable` once the time is over: the call had no effect so far. */
  check(what: string): void {
    if (performance.now() >= this.#endMs) throw new StoreError('unavailable', `gave up in time: ${what}`);
  }

  /** Settles as `work` does; but rejects with `late()` once the time is over, whatever becomes of `work` afterwards. */
  bound<T>(work: Promise<T>, late: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // Timers may come a little early: what is told to be late stays late.
        this.#endMs = Number.NEGATIVE_INFINITY;
        reject(late());
      }, this.#endMs - performance.now());
      work.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }
}
