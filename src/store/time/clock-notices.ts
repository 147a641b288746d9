import type { ClockOffset } from './shop-time.ts';

/** An event of the clock that operators should know about. */
export interface ClockNotice {
  level: 'error' | 'warn';
  /** Whole sentences: the event, how the shop handles it, and what an operator may do. */
  message: string;
  /** Milliseconds between the wall clock and its expected time; above 0: it is ahead. */
  steppedMs: number;
  /** The shop's offset from now on. */
  offsetMs: number;
}

const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1_000)} s`;
const sideOf = (differenceMs: number): string => (differenceMs > 0 ? 'ahead of' : 'behind');
const WHAT_TO_DO = 'Correct the clock; if it is right, run `npx holdfast clock accept`.';

/** Returns the notice that the wall clock has stepped while the shop was open. */
export function stepped(steppedMs: number, { offsetMs }: ClockOffset): ClockNotice {
  const way = steppedMs > 0 ? 'ahead' : 'back';
  const outcome =
    offsetMs === 0
      ? 'It agrees with shop time again.'
      : `Shop time runs on at its own pace, ${seconds(offsetMs)} ${sideOf(offsetMs)} it. ${WHAT_TO_DO}`;
  return {
    level: 'error',
    message: `The wall clock stepped ${way} by ${seconds(steppedMs)}. ${outcome}`,
    steppedMs,
    offsetMs,
  };
}

/** Returns the notice that the wall clock was behind the shop's last time when the shop was opened. */
export function behindTheShop(steppedMs: number, { offsetMs }: ClockOffset): ClockNotice {
  const message =
    `The wall clock is ${seconds(steppedMs)} behind the shop's last time. ` +
    `Shop time runs on from that time. ${WHAT_TO_DO}`;
  return { level: 'error', message, steppedMs, offsetMs };
}

/**
 * Returns the notice that the shop was opened with the offset of an earlier process, because the wall clock is still
 * wrong.
 */
export function stillOff(offsetMs: number): ClockNotice {
  const message =
    `The wall clock is still ${seconds(offsetMs)} ${sideOf(-offsetMs)} shop time. ` +
    `Shop time runs on at its own pace. ${WHAT_TO_DO}`;
  return { level: 'error', message, steppedMs: -offsetMs, offsetMs };
}

/**
 * Returns the notice that the clock of Redis is ahead of the clock of this process, while no other process uses the
 * shop.
 */
export function aheadOfProcess(steppedMs: number, { offsetMs }: ClockOffset): ClockNotice {
  const message =
    `The clock of Redis is ${seconds(steppedMs)} ahead of the clock of this process. ` +
    `The shop goes by the earlier one, so that holds do not end too soon. ${WHAT_TO_DO}`;
  return { level: 'error', message, steppedMs, offsetMs };
}

/** Returns the notice that the clocks of Redis and of this process differ, without an effect on shop time. */
export function clocksDiffer(differenceMs: number, offsetMs: number): ClockNotice {
  const message =
    `The clock of Redis is ${seconds(differenceMs)} ${sideOf(differenceMs)} the clock of this process. ` +
    'One of them is wrong: synchronize both hosts with NTP.';
  return { level: 'warn', message, steppedMs: differenceMs, offsetMs };
}

/** Returns the notice that the machine was suspended. */
export function suspended(steppedMs: number, offsetMs: number): ClockNotice {
  const message = `The machine was suspended for ${seconds(steppedMs)}. Shop time has moved on by as much.`;
  return { level: 'warn', message, steppedMs, offsetMs };
}

/**
 * Returns the notice that the shop was unused for a long time, or that the wall clock is ahead. The store cannot
 * distinguish the two.
 */
export function longUnused(gapMs: number, offsetMs: number): ClockNotice {
  const hours = Math.round(gapMs / 3_600_000);
  const message =
    `The shop's last batch was ${hours} hours ago by the wall clock. ` +
    'If the shop was in use since then, the clock is ahead: stop the server and correct the clock.';
  return { level: 'warn', message, steppedMs: gapMs, offsetMs };
}

/** Returns the notice that an operator has accepted the wall clock. */
export function accepted(movedMs: number, { offsetMs, slewFromMs }: ClockOffset): ClockNotice {
  const message =
    slewFromMs === null
      ? `The wall clock was accepted: shop time moved ahead by ${seconds(movedMs)}.`
      : `The wall clock was accepted: shop time is ${seconds(offsetMs)} ahead of it and loses 6 s in a minute ` +
        'until they agree.';
  return { level: 'warn', message, steppedMs: movedMs, offsetMs };
}
