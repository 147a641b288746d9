/** When an event is told again. */
export interface RetrySchedule {
  /** The pause before each attempt after the first, in milliseconds; when they are used up the event is a dead letter. */
  pausesMs: readonly number[];
  /** A pause is longer or shorter by up to this part of it, so that what failed together does not come back together. */
  jitter: number;
  /** 0 to 1, as `Math.random`. */
  random: () => number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Whoever asks for more quiet than this gets this. */
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS;

/** Eight attempts in 27 hours and a half, as Standard Webhooks proposes. */
export const RETRY_SCHEDULE: RetrySchedule = {
  pausesMs: [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS],
  jitter: 0.2,
  random: Math.random,
};

/** The pause after `attempts` attempts (1 or more); null: there is no other attempt. */
export function pauseMs(schedule: RetrySchedule, attempts: number): number | null {
  const pause = schedule.pausesMs[attempts - 1];
  if (pause === undefined) return null;
  return Math.round(pause * (1 + schedule.jitter * (2 * schedule.random() - 1)));
}

/** How long an endpoint is left alone that asked for it. */
export const restMs = (retryAfterMs: number | null): number => Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
