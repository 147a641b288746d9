import { expect, test } from 'vitest';
import { driftOf, type Point } from '../../load-tests/run/toolkit/drift.ts';

const MINUTES = 60;
/** One point a second: a heap that fills and is collected every 6 seconds, and what it keeps. */
const heap = (kept: (at: number) => number): Point[] =>
  Array.from({ length: 2 * MINUTES + 1 }, (_, at) => ({ at: at * 1_000, value: kept(at) + (at % 6) * 5 }));

test('what swings does not drift; what stays does, by as much as it gained over the second half', () => {
  expect(Math.abs(driftOf(heap(() => 40))?.rise ?? NaN)).toBeLessThan(1);
  expect(driftOf(heap((at) => 40 + at / 2))?.rise).toBeCloseTo(27, 0);
  expect(driftOf(heap((at) => 140 - at / 2))?.rise).toBeLessThan(-20);
});

test('what grew only in the first half is no drift', () => {
  const drift = driftOf(heap((at) => Math.min(at, 55)));
  expect(Math.abs(drift?.rise ?? NaN)).toBeLessThan(1);
  expect(drift?.level).toBeCloseTo(55, 0);
});

test('a handful of points says nothing', () => {
  expect(driftOf([])).toBeNull();
  expect(driftOf(heap(() => 40).slice(0, 30))).toBeNull();
});
