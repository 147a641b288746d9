import { expect, test } from 'vitest';
import { StoreError } from '../../src/store/store.ts';
import { CallDeadlines, Deadline, type TimedCall } from '../../src/transact/call-deadlines.ts';

/** A clock that the test moves, with at most one timer at a time. */
class ManualClock {
  now = 0;
  timer: { at: number; isRef: boolean; callback: () => void } | null = null;
  set = 0;

  readonly runtime = {
    nowMs: () => this.now,
    setTimer: (callback: () => void, ms: number) => {
      const timer = { at: this.now + ms, isRef: true, callback };
      this.timer = timer;
      this.set += 1;
      return {
        cancel: () => undefined,
        ref: () => void (timer.isRef = true),
        unref: () => void (timer.isRef = false),
      };
    },
  };

  /** Moves to a time, at which a due timer fires. */
  moveTo(now: number): void {
    this.now = now;
    const { timer } = this;
    if (!timer || timer.at > now) return;
    this.timer = null;
    timer.callback();
  }
}

class Call extends Deadline implements TimedCall {
  place: TimedCall['place'] = null;
  late = 0;
  timeOut(): void {
    this.late += 1;
  }
}

function begun(durationsMs: readonly number[], clock = new ManualClock()) {
  const deadlines = new CallDeadlines(clock.runtime);
  const calls = durationsMs.map((durationMs) => {
    const call = new Call(clock.runtime, durationMs);
    deadlines.begin(call);
    return call;
  });
  return { clock, deadlines, calls, late: () => calls.map((call) => call.late) };
}

test('a call is late exactly at its deadline', () => {
  const { clock, calls, late } = begun([10, 20, 20.5]);
  clock.moveTo(9);
  expect(() => calls[0]?.check('it waits')).not.toThrow();
  clock.moveTo(10);
  expect(() => calls[0]?.check('it waits')).toThrow(new StoreError('unavailable', 'gave up in time: it waits'));
  expect(late()).toEqual([1, 0, 0]);
  clock.moveTo(20);
  expect(late()).toEqual([1, 1, 0]);
  clock.moveTo(21);
  expect(late()).toEqual([1, 1, 1]);
  expect([clock.timer, clock.set]).toEqual([null, 3]);
});

test('calls with the same deadline are late in the order in which they have begun', () => {
  const clock = new ManualClock();
  const deadlines = new CallDeadlines(clock.runtime);
  const late: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    const call = new Call(clock.runtime, 10);
    call.timeOut = () => void late.push(name);
    deadlines.begin(call);
  }
  clock.moveTo(10);
  expect(late).toEqual(['first', 'second', 'third']);
});

test('one timer is set for all calls, and is at least a millisecond', () => {
  const { clock, deadlines } = begun([0, 5, 5]);
  expect([clock.timer?.at, clock.set]).toEqual([1, 1]);
  deadlines.begin(new Call(clock.runtime, 5));
  expect(clock.set).toBe(1);
});

test('the timer keeps the process alive only while a caller waits', () => {
  const { clock, deadlines, calls } = begun([10, 20]);
  for (const call of calls) {
    expect(clock.timer?.isRef).toBe(true);
    deadlines.end(call);
  }
  expect(clock.timer?.isRef).toBe(false);
  const next = new Call(clock.runtime, 20);
  deadlines.begin(next);
  expect([clock.timer?.isRef, clock.timer?.at, clock.set]).toEqual([true, 10, 1]);
  clock.moveTo(10);
  expect([next.late, clock.timer?.at]).toEqual([0, 20]);
});

test('a call that has ended is not late, and one that is late ends once its work has ended', async () => {
  const { clock, deadlines, calls, late } = begun([10, 10]);
  expect(await Promise.race([deadlines.ended().then(() => 'ended'), Promise.resolve('under way')])).toBe('under way');
  const ended = deadlines.ended();
  deadlines.end(calls[0]!);
  clock.moveTo(10);
  expect([late(), calls.map(({ place }) => place)]).toEqual([
    [0, 1],
    [null, null],
  ]);
  deadlines.end(calls[1]!);
  await ended;
  await deadlines.ended();
});
