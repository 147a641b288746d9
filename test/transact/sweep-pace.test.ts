import { expect, test } from 'vitest';
import { SWEEP_MS, SweepPace } from '../../src/transact/sweep-pace.ts';

/** The milliseconds until the next sweep, after each of these sequences. */
const pauses = (pace: SweepPace, ...sequences: number[]): number[] =>
  sequences.map((sequence) => {
    pace.note(sequence);
    return pace.ms;
  });

test('a shop is swept half as often after each sweep without a change, down to the rest, and each second after one', () => {
  const pace = new SweepPace(7 * SWEEP_MS);
  expect(pace.ms).toBe(SWEEP_MS);
  expect(pauses(pace, 4, 4, 4, 4, 4, 5, 5)).toEqual([1, 2, 4, 7, 7, 1, 2].map((seconds) => seconds * SWEEP_MS));
});

test('a change of this process ends the rest, and only a rest', () => {
  const pace = new SweepPace(60 * SWEEP_MS);
  expect(pace.wake()).toBe(false);
  pauses(pace, 4, 4);
  expect([pace.wake(), pace.ms, pace.wake()]).toEqual([true, SWEEP_MS, false]);
});

test('without a rest each second has a sweep', () => {
  expect(pauses(new SweepPace(), 0, 0, 0)).toEqual([SWEEP_MS, SWEEP_MS, SWEEP_MS]);
});
