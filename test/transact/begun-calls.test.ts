import { expect, test } from 'vitest';
import { CallWaits } from '../../src/transact/begun-call.ts';
import { ManualRuntime } from '../support/manual-runtime.ts';
import { OPERATOR } from '../support/shop.ts';

const DEADLINE_MS = 100;

function waits() {
  const runtime = new ManualRuntime();
  return { runtime, waits: new CallWaits(runtime, DEADLINE_MS) };
}

/** Whether the work has settled, as soon as it may have. */
async function settledBy(runtime: ManualRuntime, work: Promise<unknown>): Promise<unknown> {
  const settled = work.then(
    (value) => ['resolved', value],
    (error: unknown) => ['rejected', error],
  );
  return Promise.race([settled, runtime.advance(0).then(() => 'waits')]);
}

const never = new Promise<never>(() => undefined);
const GAVE_UP = {
  fault: 'unavailable',
  message: 'gave up in time: the call waited for a read before its transaction',
};

test('a call keeps the time at which it has begun', async () => {
  const { runtime, waits: calls } = waits();
  await runtime.advance(5);
  const begun = calls.begun(OPERATOR);
  expect(begun).toEqual({ ...OPERATOR, beganMs: 5 });
  await runtime.advance(5);
  expect(calls.begun(begun)).toBe(begun);
});

test('a wait before the transaction ends with the work, or at the deadline with an outage', async () => {
  const { runtime, waits: calls } = waits();
  const begun = calls.begun(OPERATOR);
  await runtime.advance(40);
  expect(await calls.before(begun, Promise.resolve('read'))).toBe('read');
  const bug = new TypeError('a bug');
  await expect(calls.before(begun, Promise.reject(bug))).rejects.toBe(bug);
  const late = calls.before(begun, never);
  const own = calls.before(OPERATOR, never);
  await runtime.advance(DEADLINE_MS - 41);
  expect(await settledBy(runtime, late)).toBe('waits');
  await runtime.advance(1);
  expect(await settledBy(runtime, late)).toEqual(['rejected', expect.objectContaining(GAVE_UP)]);
  expect(await settledBy(runtime, own)).toBe('waits');
  await runtime.advance(40);
  await expect(own).rejects.toMatchObject(GAVE_UP);
  const overdue = calls.before(begun, never);
  expect(await settledBy(runtime, overdue)).toBe('waits');
  await runtime.advance(1);
  await expect(overdue).rejects.toMatchObject(GAVE_UP);
});

test('a wait after the effect ends with the work, and at the deadline without an error', async () => {
  const { runtime, waits: calls } = waits();
  const begun = calls.begun(OPERATOR);
  expect(await calls.after(begun, Promise.resolve('more'))).toBeUndefined();
  const bug = new TypeError('a bug');
  await expect(calls.after(begun, Promise.reject(bug))).rejects.toBe(bug);
  const late = calls.after(begun, never);
  await runtime.advance(DEADLINE_MS - 1);
  expect(await settledBy(runtime, late)).toBe('waits');
  await runtime.advance(1);
  expect(await settledBy(runtime, late)).toEqual(['resolved', undefined]);
});

test('a wait that has ended has no timer any more', async () => {
  const timers = new Set<object>();
  const runtime = new ManualRuntime();
  const counted = {
    nowMs: runtime.nowMs,
    setTimer: (callback: () => void, ms: number) => {
      const timer = runtime.setTimer(callback, ms);
      timers.add(timer);
      return { ...timer, cancel: () => void timers.delete(timer) };
    },
  };
  await new CallWaits(counted, DEADLINE_MS).before(OPERATOR, Promise.resolve());
  await runtime.advance(0);
  expect(timers.size).toBe(0);
});
