import { expect, test } from 'vitest';
import { driftOf, type Point } from '../../load-tests/run/toolkit/drift.ts';

const MINUTES = 60;
/** One point per second of a heap that is collected every 6 seconds, plus the retained bytes. */
const heap = (kept: (at: number) => number): Point[] =>
  Array.from({ length: 2 * MINUTES + 1 }, (_, at) => ({ at: at * 1_000, value: kept(at) + (at % 6) * 5 }));

test('a swing is not a drift; retained growth is one, measured over the second half', () => {
  expect(Math.abs(driftOf(heap(() => 40))?.rise ?? NaN)).toBeLessThan(1);
  expect(driftOf(heap((at) => 40 + at / 2))?.rise).toBeCloseTo(27, 0);
  expect(driftOf(heap((at) => 140 - at / 2))?.rise).toBeLessThan(-20);
});

test('growth in the first half only is not a drift', () => {
  const drift = driftOf(heap((at) => Math.min(at, 55)));
  expect(Math.abs(drift?.rise ?? NaN)).toBeLessThan(1);
  expect(drift?.level).toBeCloseTo(55, 0);
});

test('few points give no result', () => {
  expect(driftOf([])).toBeNull();
  expect(driftOf(heap(() => 40).slice(0, 30))).toBeNull();
});

test('a rise has its noise: a certain one is above it, and a random one within it', () => {
  const uneven = (at: number) => ((at * 7_919) % 13) * 4;
  const steady = driftOf(heap((at) => 400 + uneven(Math.floor(at / 3))));
  expect(Math.abs(steady?.rise ?? NaN)).toBeLessThanOrEqual(steady?.noise ?? NaN);
  const leak = driftOf(heap((at) => 400 + at + uneven(Math.floor(at / 3))));
  expect(leak?.rise).toBeGreaterThan(leak?.noise ?? NaN);
});
