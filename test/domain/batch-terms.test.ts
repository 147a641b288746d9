import { expect, test } from 'vitest';
import {
  batchTime,
  movesWithBatch,
  numberInBatch,
  settledSequence,
  settledTime,
} from '../../src/domain/batch-relative.ts';
import { epochBeganAt, firstSequence, nextEpoch } from '../../src/domain/epoch.ts';
import { asOld, newForMs, withIdsAt } from '../../src/domain/new-ids.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { configure, START, transaction } from '../support/transactions.ts';

test('a time that is derived from the time of a batch moves with it, and others stay', () => {
  const estimate = batchTime(START);
  expect([movesWithBatch(estimate), movesWithBatch(estimate + 60_000), movesWithBatch(START)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(settledTime(estimate, estimate, START + 7)).toBe(START + 7);
  expect(settledTime(estimate + 60_000, estimate, START + 7)).toBe(START + 60_007);
  expect(settledTime(START + 60_000, estimate, START + 7)).toBe(START + 60_000);
});

test('a derived time is within a millisecond after its estimate', () => {
  expect(batchTime(START)).toBeGreaterThan(START);
  expect(batchTime(START)).toBeLessThan(START + 1);
});

test('the sequences of a batch are counted from the sequence that was known, and follow the one before the batch', () => {
  expect([7, 8, 10, 11].map((sequence) => numberInBatch(sequence, 8))).toEqual([0, 0, 2, 3]);
  expect([7, 8, 9, 10].map((sequence) => settledSequence(sequence, 8, 20))).toEqual([7, 8, 21, 22]);
});

test('an epoch begins at its millisecond, with its first sequence', () => {
  const { epoch, sequence } = nextEpoch(0, START);
  expect(epochBeganAt(epoch)).toBe(START);
  expect(firstSequence(epoch)).toBe(sequence);
});

const made = (options: Partial<Transaction>): Transaction => transaction('t', [configure('A')], options);
const isNew = true;

test('the ids of a batch are new until the first of their callers may have repeated its call', () => {
  expect(newForMs([made({ isNew, newUntil: 30 }), made({ isNew, newUntil: 20 })], 15)).toBe(5);
  expect(newForMs([made({ isNew, newUntil: 20 }), made({ isNew, newUntil: 30 })], 25)).toBe(-5);
});

test('ids that were not generated, or that no caller will know, set no such time', () => {
  expect(newForMs([made({ newUntil: 20 }), made({ isNew })], 15)).toBe(Infinity);
  expect(newForMs([], 15)).toBe(Infinity);
});

test('a batch that comes too late looks up its ids', () => {
  const batch = [made({ isNew, newUntil: 20, hasNewHolds: true }), made({})];
  const looked = batch.map((one) => ({ ...one, isNew: false, hasNewHolds: false }));
  expect(withIdsAt(batch, 19)).toBe(batch);
  expect(withIdsAt(batch, 20)).toEqual(looked);
  expect(asOld(batch)).toEqual(looked);
});
