import { expect, test } from 'vitest';
import { nextEpoch } from '../../src/domain/epoch.ts';

const NOW = Date.parse('2026-08-01T12:00:00Z');
const MILLISECOND = 2 ** 11;

test('an epoch begins above all sequences that a busy shop can have used, known or not', () => {
  const opened = Date.parse('2025-01-01T00:00:00Z');
  const busiest = ((NOW - opened) / 1_000) * 50_000;
  expect(nextEpoch(100, NOW).sequence).toBeGreaterThan(busiest);
});

test('two epochs of one backup, a millisecond apart, have no sequence in common', () => {
  const [first, second] = [nextEpoch(100, NOW), nextEpoch(100, NOW + 1)];
  expect(second.epoch).toBe(first.epoch + 1);
  expect(second.sequence - first.sequence).toBe(MILLISECOND);
});

test('an epoch is higher than the last one even if the clock is behind', () => {
  const known = nextEpoch(100, NOW);
  const next = nextEpoch(known.sequence + 5, NOW - 86_400_000);
  expect(next).toEqual({ epoch: known.epoch + 1, sequence: known.sequence + MILLISECOND });
});

test('sequences of an epoch in the year 2160 are exact integers', () => {
  const { sequence } = nextEpoch(100, Date.parse('2160-01-01T00:00:00Z'));
  expect(Number.isSafeInteger(sequence + MILLISECOND)).toBe(true);
});
