/**
 * The clocks, the timers and the randomness of a process. The code that orders, sends and expires calls (`src/actor`,
 * `src/transact`, `src/shop/expiry`) receives them as an argument and uses no others, so that a simulation can control
 * and replay every run.
 */
export interface Runtime {
  /** Returns the milliseconds of a monotonic clock. Only differences are meaningful. */
  nowMs(): number;
  /** Returns the wall clock, in epoch milliseconds. It may jump when the system corrects it. */
  wallMs(): number;
  /** Calls `callback` once, `ms` milliseconds from now or later. The timer keeps the process alive until `unref`. */
  setTimer(callback: () => void, ms: number): Timer;
  /** Calls `callback` at the end of the current turn of the event loop, in the order of the calls. */
  soon(callback: () => void): void;
  /** Returns cryptographically random bytes. */
  random(count: number): Buffer;
}

export interface Timer {
  /** Cancels the timer. Idempotent. */
  cancel(): void;
  ref(): void;
  unref(): void;
}

/**
 * Resolves with true after `ms`, or with false as soon as the signal aborts. Never rejects. The wait does not keep the
 * process alive.
 */
export function pauseBy({ setTimer }: Pick<Runtime, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const aborted = (): void => {
      timer.cancel();
      resolve(false);
    };
    const timer = setTimer(() => {
      signal?.removeEventListener('abort', aborted);
      resolve(true);
    }, ms);
    timer.unref();
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** Resolves in the next turn of the event loop, so that other requests are served in between. */
export const turnBy = ({ soon }: Pick<Runtime, 'soon'>): Promise<void> => new Promise((resolve) => soon(resolve));
