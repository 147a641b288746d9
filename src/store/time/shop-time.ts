/**
 * Shop time is the wall clock plus the shop's offset, never before the last time used. The offset absorbs steps of the
 * wall clock, so that a second of shop time lasts a second. docs/decisions/time.md has the reasons;
 * `redis/lua/shared/shop-time.lua` implements the same rules.
 */
export interface ClockOffset {
  offsetMs: number;
  /**
   * The wall time at which an operator accepted the wall clock and a positive offset began to shrink; null: it stays.
   */
  slewFromMs: number | null;
}

/**
 * A smaller difference of the wall clock is not a step. Shop time follows the wall clock, or waits until the wall clock
 * has caught up.
 */
export const CLOCK_STEP_MS = 10_000;
/** Shop time runs at nine tenths of the wall clock's speed while an offset above 0 shrinks. */
export const SLEW_DIVISOR = 10;
/**
 * The bounds of shop time's rate against a monotonic clock: slewing at one end, the fastest NTP adjustment at the
 * other.
 */
export const SHOP_RATE = { min: 0.9, max: 1.1 } as const;
/** A longer gap between two batches is a stop, or a clock that was ahead: request records do not age during it. */
export const GAP_MS_MAX = 60_000;
/** An offset below this is dropped when the wall clock is correct again, because it is measurement error. */
const NO_OFFSET_MS = 1_000;

export const NO_OFFSET: ClockOffset = { offsetMs: 0, slewFromMs: null };

/** Returns the offset in milliseconds that applies at the wall time `wallAt`. */
export function offsetAt({ offsetMs, slewFromMs }: ClockOffset, wallAt: number): number {
  if (slewFromMs === null || offsetMs <= 0 || wallAt <= slewFromMs) return offsetMs;
  return Math.max(0, offsetMs - Math.floor((wallAt - slewFromMs) / SLEW_DIVISOR));
}

/** Returns the offset with which shop time is `at` at the wall time `wallAt`. */
export function offsetFor(at: number, wallAt: number): ClockOffset {
  const offsetMs = Math.floor(at) - wallAt;
  return Math.abs(offsetMs) < NO_OFFSET_MS ? NO_OFFSET : { offsetMs, slewFromMs: null };
}

/**
 * Returns the offset after an operator has accepted the wall clock. A shop that is behind moves to the wall clock's
 * time at once. A shop that is ahead must not go back: its offset shrinks by a tenth of the elapsed time.
 */
export function acceptedOffset(offset: ClockOffset, wallAt: number): ClockOffset {
  const offsetMs = offsetAt(offset, wallAt);
  return offsetMs <= 0 ? NO_OFFSET : { offsetMs, slewFromMs: wallAt };
}

/** A shop time, and the bounds of the monotonic clock at that moment: not before `fromMs`, and not after `toMs`. */
export interface TimeSample {
  at: number;
  fromMs: number;
  toMs: number;
}

/** Returns the earliest and the latest shop time that are possible at `nowMs` without a step. */
export function possibleTimes({ at, fromMs, toMs }: TimeSample, nowMs: number): { earliest: number; latest: number } {
  return {
    earliest: Math.floor(at + (nowMs - toMs) * SHOP_RATE.min) - CLOCK_STEP_MS,
    latest: Math.ceil(at + (nowMs - fromMs) * SHOP_RATE.max) + CLOCK_STEP_MS,
  };
}

/** Shop time and the wall clock, for operators. */
export interface ClockReading {
  /** Shop time, epoch milliseconds. */
  at: number;
  /** The wall clock of the store, epoch milliseconds. */
  wallAt: number;
  /** `at` is the wall clock plus this. */
  offsetMs: number;
  /** Whether the offset shrinks, because an operator has accepted the wall clock. */
  slewing: boolean;
}

/** The clock statistics of one process. */
export interface ClockStats {
  /** The offset as of the last batch. */
  offsetMs: number;
  /** Steps of the wall clock that this process has absorbed. */
  steps: number;
}
