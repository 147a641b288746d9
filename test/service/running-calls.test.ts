import { describe, expect, test } from 'vitest';
import { Deadline } from '../../src/service/deadline.ts';
import { RunningCalls, type TimedCall } from '../../src/service/running-calls.ts';

class Named extends Deadline implements TimedCall {
  readonly name: string;

  constructor(name: string, durationMs: number) {
    super(durationMs);
    this.name = name;
  }

  late(): Error {
    return new Error(`${this.name} is late`);
  }

  failure(error: unknown): unknown {
    return new Error(`${this.name}: ${(error as Error).message}`);
  }
}

const never = new Promise<never>(() => undefined);
const LONG_MS = 60_000;

describe('running calls', () => {
  test('settle as their work does, failures as the call puts them', async () => {
    const calls = new RunningCalls();
    expect(await calls.bound(new Named('a', LONG_MS), Promise.resolve(1))).toBe(1);
    const failing = calls.bound(new Named('b', LONG_MS), Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('b: no');
    await calls.ended();
  });

  test('one timer serves them all: each is told when its own deadline comes, in their order', async () => {
    const calls = new RunningCalls();
    const told: string[] = [];
    const startedAt = performance.now();
    const late = [10, 30, 60].map(async (durationMs) => {
      await expect(calls.bound(new Named(`of ${durationMs}`, durationMs), never)).rejects.toThrow(
        `of ${durationMs} is`,
      );
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(durationMs);
      told.push(`of ${durationMs}`);
    });
    await Promise.all(late);
    expect(told).toEqual(['of 10', 'of 30', 'of 60']);
  });

  test('the first to begin may end first, and those behind it are still told', async () => {
    const calls = new RunningCalls();
    await calls.bound(new Named('first', 10), Promise.resolve());
    await expect(calls.bound(new Named('second', 25), never)).rejects.toThrow('second is late');
    const others = calls.bound(new Named('third', 10), Promise.resolve());
    await expect(calls.bound(new Named('fourth', 25), never)).rejects.toThrow('fourth is late');
    await others;
  });

  test('what was told to be late stays late, and is under way until its work has ended', async () => {
    const calls = new RunningCalls();
    const call = new Named('slow', 10);
    let finish: (value: number) => void = () => undefined;
    const told = calls.bound(call, new Promise<number>((resolve) => (finish = resolve)));
    await expect(told).rejects.toThrow('slow is late');
    expect(() => call.check('asked again')).toThrow('gave up in time');
    let isEnded = false;
    const ended = calls.ended().then(() => {
      isEnded = true;
    });
    expect(await calls.bound(new Named('quick', LONG_MS), Promise.resolve(2))).toBe(2);
    expect(isEnded).toBe(false);
    finish(1);
    await ended;
  });
});
