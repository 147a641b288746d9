import { expect, test } from 'vitest';
import { nextEpoch } from '../../src/domain/epoch.ts';

const NOW = Date.parse('2026-08-01T12:00:00Z');
const MILLISECOND = 2 ** 11;

test('an epoch begins above all that a busy shop has handed out before, known or not', () => {
  const opened = Date.parse('2025-01-01T00:00:00Z');
  const busiest = ((NOW - opened) / 1_000) * 50_000;
  expect(nextEpoch(100, NOW).sequence).toBeGreaterThan(busiest);
});

test('two epochs of one backup that are a millisecond apart share no sequence', () => {
  const [first, second] = [nextEpoch(100, NOW), nextEpoch(100, NOW + 1)];
  expect(second.epoch).toBe(first.epoch + 1);
  expect(second.sequence - first.sequence).toBe(MILLISECOND);
});

test('a clock that is behind still gives a higher epoch', () => {
  const known = nextEpoch(100, NOW);
  const next = nextEpoch(known.sequence + 5, NOW - 86_400_000);
  expect(next).toEqual({ epoch: known.epoch + 1, sequence: known.sequence + MILLISECOND });
});

test('an epoch of the year 2160 is still counted exactly', () => {
  const { sequence } = nextEpoch(100, Date.parse('2160-01-01T00:00:00Z'));
  expect(Number.isSafeInteger(sequence + MILLISECOND)).toBe(true);
});
