/**
 * Shop time is the wall clock plus the shop's offset, never before the last time used. The offset absorbs steps of the wall
 * clock, so that a second of shop time lasts a second. docs/decisions/time.md gives the reasons, `redis/lua/shared/shop-time.lua`
 * has the same rules.
 */
export interface ClockOffset {
  offsetMs: number;
  /** The wall time at which an operator gave up an offset above 0, which shrinks from then on; null: it stays. */
  slewFromMs: number | null;
}

/** A smaller difference is not a step: shop time follows the wall clock, or stands still until the wall clock is there. */
export const CLOCK_STEP_MS = 10_000;
/** Shop time runs at nine tenths of the wall clock's speed while an offset above 0 shrinks. */
export const SLEW_DIVISOR = 10;
/** Shop time runs no slower and no faster than this against a monotonic clock: slewing, and NTP's at its utmost. */
export const SHOP_RATE = { min: 0.9, max: 1.1 } as const;
/** A longer silence between two batches is a stop, or a clock that was ahead: request records do not age meanwhile. */
export const GAP_MS_MAX = 60_000;
/** An offset below this is dropped when the wall clock comes right again: what remains is what measuring it costs. */
const NO_OFFSET_MS = 1_000;

export const NO_OFFSET: ClockOffset = { offsetMs: 0, slewFromMs: null };

/** Returns the offset in milliseconds that is in force when the wall clock says `wallAt`. */
export function offsetAt({ offsetMs, slewFromMs }: ClockOffset, wallAt: number): number {
  if (slewFromMs === null || offsetMs <= 0 || wallAt <= slewFromMs) return offsetMs;
  return Math.max(0, offsetMs - Math.floor((wallAt - slewFromMs) / SLEW_DIVISOR));
}

/** Returns the offset with which shop time is `at` when the wall clock says `wallAt`. */
export function offsetFor(at: number, wallAt: number): ClockOffset {
  const offsetMs = Math.floor(at) - wallAt;
  return Math.abs(offsetMs) < NO_OFFSET_MS ? NO_OFFSET : { offsetMs, slewFromMs: null };
}

/**
 * Returns the offset after an operator has accepted the wall clock. A shop that is behind takes on the wall clock's time at
 * once. A shop that is ahead must not go back: its offset shrinks by a tenth of the time that passes.
 */
export function acceptedOffset(offset: ClockOffset, wallAt: number): ClockOffset {
  const offsetMs = offsetAt(offset, wallAt);
  return offsetMs <= 0 ? NO_OFFSET : { offsetMs, slewFromMs: wallAt };
}

/** When shop time was `at`, by a monotonic clock: not before `fromMs`, and not after `toMs`. */
export interface TimeSample {
  at: number;
  fromMs: number;
  toMs: number;
}

/** Returns the earliest and the latest shop time that the sample leaves possible at `nowMs`, without a step. */
export function possibleTimes({ at, fromMs, toMs }: TimeSample, nowMs: number): { earliest: number; latest: number } {
  return {
    earliest: Math.floor(at + (nowMs - toMs) * SHOP_RATE.min) - CLOCK_STEP_MS,
    latest: Math.ceil(at + (nowMs - fromMs) * SHOP_RATE.max) + CLOCK_STEP_MS,
  };
}

/** How shop time stands, for an operator. */
export interface ClockReading {
  /** Shop time, epoch milliseconds. */
  at: number;
  /** What the wall clock of the store says. */
  wallAt: number;
  /** `at` is the wall clock plus this. */
  offsetMs: number;
  /** Whether the offset shrinks, because an operator has accepted the wall clock. */
  slewing: boolean;
}

/** What a process knows without a call to the store. */
export interface ClockStats {
  /** The offset as of the last batch. */
  offsetMs: number;
  /** Steps of the wall clock that this process has absorbed. */
  steps: number;
}
