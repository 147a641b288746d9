/** When a failed event is sent again. */
export interface RetrySchedule {
  /** The pause before each retry, in milliseconds. An event that fails after the last pause becomes a dead letter. */
  pausesMs: readonly number[];
  /** The fraction by which a pause varies at random, so that events that failed together are not retried together. */
  jitter: number;
  /** 0 to 1, as `Math.random`. */
  random: () => number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The longest `Retry-After` that is honored. */
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS;

/** Eight attempts in 27.5 hours, as Standard Webhooks proposes. */
export const RETRY_SCHEDULE: RetrySchedule = {
  pausesMs: [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS],
  jitter: 0.2,
  random: Math.random,
};

/** Returns the pause after `attempts` attempts (1 or more); null if there is no further attempt. */
export function pauseMs(schedule: RetrySchedule, attempts: number): number | null {
  const pause = schedule.pausesMs[attempts - 1];
  if (pause === undefined) return null;
  return Math.round(pause * (1 + schedule.jitter * (2 * schedule.random() - 1)));
}

/** Returns how long an endpoint that requested a pause gets no events. */
export const restMs = (retryAfterMs: number | null): number => Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
