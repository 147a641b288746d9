import { describe, expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { CallDeadlines, Deadline, type TimedCall } from '../../src/transact/call-deadlines.ts';

class Named extends Deadline implements TimedCall {
  place: TimedCall['place'] = null;
  /** Rejects when the call times out. */
  readonly late: Promise<never>;
  timeOut: () => void = () => undefined;

  constructor(name: string, durationMs: number) {
    super(SYSTEM_RUNTIME, durationMs);
    this.late = new Promise((_, reject) => {
      this.timeOut = () => reject(new Error(`${name} is late`));
    });
    this.late.catch(() => undefined);
  }
}

const LONG_MS = 60_000;

function begin(calls: CallDeadlines, name: string, durationMs: number): Named {
  const call = new Named(name, durationMs);
  calls.begin(call);
  return call;
}

describe('call deadlines', () => {
  test('one timer serves all calls: each times out at its own deadline, in their order', async () => {
    const calls = new CallDeadlines(SYSTEM_RUNTIME);
    const order: string[] = [];
    const startedAt = performance.now();
    const late = [10, 30, 60].map(async (durationMs) => {
      await expect(begin(calls, `of ${durationMs}`, durationMs).late).rejects.toThrow(`of ${durationMs} is`);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(durationMs);
      order.push(`of ${durationMs}`);
    });
    await Promise.all(late);
    expect(order).toEqual(['of 10', 'of 30', 'of 60']);
  });

  test('times out the calls behind one that has ended', async () => {
    const calls = new CallDeadlines(SYSTEM_RUNTIME);
    calls.end(begin(calls, 'first', 10));
    await expect(begin(calls, 'second', 25).late).rejects.toThrow('second is late');
    calls.end(begin(calls, 'third', 10));
    await expect(begin(calls, 'fourth', 25).late).rejects.toThrow('fourth is late');
  });

  test('times out a call that began before the ones that were added earlier', async () => {
    const calls = new CallDeadlines(SYSTEM_RUNTIME);
    const later = begin(calls, 'later', LONG_MS);
    const earlier = begin(calls, 'earlier', 20);
    await expect(earlier.late).rejects.toThrow('earlier is late');
    for (const call of [earlier, later]) calls.end(call);
  });

  test('counts a timed-out call as under way until its work has ended', async () => {
    const calls = new CallDeadlines(SYSTEM_RUNTIME);
    const slow = begin(calls, 'slow', 10);
    await expect(slow.late).rejects.toThrow('slow is late');
    expect(() => slow.check('asked again')).toThrow('gave up in time');
    let isEnded = false;
    const ended = calls.ended().then(() => {
      isEnded = true;
    });
    calls.end(begin(calls, 'quick', LONG_MS));
    await Promise.resolve();
    expect(isEnded).toBe(false);
    calls.end(slow);
    await ended;
  });
});
