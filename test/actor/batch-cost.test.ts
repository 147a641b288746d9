import { describe, expect, test } from 'vitest';
import { BatchCost } from '../../src/actor/batch-cost.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { Batcher } from '../../src/actor/batcher.ts';
import { Outbox, turns } from './outbox.ts';

const MS_MAX = 500;
const STEPS_MAX = 1_024;

/** Returns the batch sizes that a batcher would send at a constant cost per step. */
function run(cost: BatchCost, msPerStep: number, batches: number): number[] {
  return Array.from({ length: batches }, () => {
    const steps = cost.stepsMax;
    cost.learn(steps, steps * msPerStep);
    return steps;
  });
}

describe('the bound on the steps of a batch', () => {
  test('begins small and reaches the maximum within a few quick batches', () => {
    expect(run(new BatchCost(MS_MAX, STEPS_MAX), 0.05, 6)).toEqual([64, 128, 256, 512, 1_024, 1_024]);
  });

  test('falls at once to a size that is in time when the store becomes slow, and recovers', () => {
    const cost = new BatchCost(MS_MAX, STEPS_MAX);
    run(cost, 0.01, 5);
    expect(run(cost, 2, 3)).toEqual([1_024, 250, 250]);
    expect(run(cost, 0.01, 4)).toEqual([250, 500, 1_000, 1_024]);
  });

  test.each([0.1, 0.5, 1, 3, 7])('keeps all batches but the first slow one in time at %s ms per step', (msPerStep) => {
    const cost = new BatchCost(MS_MAX, STEPS_MAX);
    for (const steps of run(cost, msPerStep, 50).slice(1)) expect(steps * msPerStep).toBeLessThanOrEqual(MS_MAX);
  });

  test('does not mistake one stall for the cost of a step', () => {
    const cost = new BatchCost(MS_MAX, STEPS_MAX);
    cost.learn(1, 60_000);
    expect(cost.stepsMax).toBe(16);
  });

  test('does not grow after small batches, which are not evidence', () => {
    const cost = new BatchCost(MS_MAX, STEPS_MAX);
    for (let n = 0; n < 100; n += 1) cost.learn(2, 1);
    expect(cost.stepsMax).toBe(64);
  });

  test.each([
    ['halves after a batch that took twice the limit', 64, 1_000, 32],
    ['stays after a batch that took exactly the limit', 32, 500, 64],
    ['stays after a batch that took a quarter of the limit', 64, 125, 64],
    ['doubles after a quicker batch of a quarter of the bound', 16, 124, 128],
    ['stays after a quicker batch that was smaller', 15, 124, 64],
  ])('%s', (_, steps, ms, bound) => {
    const cost = new BatchCost(MS_MAX, STEPS_MAX);
    cost.learn(steps, ms);
    expect(cost.stepsMax).toBe(bound);
  });

  test('is always the maximum if the store has no deadline', () => {
    const cost = new BatchCost(Infinity, STEPS_MAX);
    cost.learn(1_024, 60_000);
    expect(cost.stepsMax).toBe(STEPS_MAX);
  });
});

test('a batcher measures a batch from the answer of the batch before it', async () => {
  let now = 0;
  const outbox = new Outbox<number>();
  const batcher = new Batcher<number, number>({
    send: outbox.send,
    runtime: { ...SYSTEM_RUNTIME, nowMs: () => now },
    limits: { batchMsMax: MS_MAX },
  });
  const answers = Array.from({ length: 400 }, (_, n) =>
    batcher.submit({ payload: n, address: `${n}`, steps: 2, bytes: 1 }),
  );
  await turns();
  // Two batches of 64 steps are in flight. Each takes 400 ms, so the second is answered after 800 ms.
  expect(outbox.log.map((items) => items.length)).toEqual([32, 32]);
  for (let n = 0; n < 2; n += 1) {
    now += 400;
    await outbox.answerOldest((item) => item);
  }
  // The batch is slow but in time, so the bound neither falls nor grows.
  expect(outbox.log.map((items) => items.length)).toEqual([32, 32, 32, 32]);
  now += 1_000;
  await outbox.answerOldest((item) => item);
  expect(outbox.log.at(-1)).toHaveLength(16);
  while (outbox.open.length > 0) await outbox.answerOldest((item) => item);
  expect(await Promise.all(answers)).toHaveLength(400);
});
