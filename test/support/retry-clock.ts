import type { RetryTiming } from '../../src/client/client.ts';

export interface RetryClock {
  timing: RetryTiming;
  /** The length of each wait that has begun, in milliseconds. */
  waits: number[];
  /** The number of waits that were cancelled. */
  cancelled: number;
}

/** Time for a client's retries. The random number is always `random`. A wait ends at once, or never if `isStopped`. */
export function retryClock({ random = 0.5, isStopped = false, now = 1_000_000 } = {}): RetryClock {
  const clock: RetryClock & { now: number } = {
    now,
    waits: [],
    cancelled: 0,
    timing: {
      now: () => clock.now,
      random: () => random,
      after: (delayMs, callback) => {
        clock.waits.push(delayMs);
        const over = isStopped
          ? null
          : setImmediate(() => {
              clock.now += delayMs;
              callback();
            });
        return () => {
          clock.cancelled += 1;
          if (over) clearImmediate(over);
        };
      },
    },
  };
  return clock;
}
