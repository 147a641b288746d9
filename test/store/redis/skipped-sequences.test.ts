import { expect, test } from 'vitest';
import { knownLossIn } from '../../../src/store/redis/loss/known-loss.ts';
import { skippedSequences } from '../../../src/store/redis/loss/loss-upload.ts';
import type { KnownBatch } from '../../../src/store/redis/loss/recent-writes.ts';

const LOSS = { kept: 3, first: 101, last: 175, count: 75, since: 1_000, until: 2_000 };
/** The epoch in which the lost writes were made, and the one that began after their loss. */
const [BEFORE, AFTER] = [
  { first: 100, kept: 3 },
  { first: 900, kept: 3 },
];

const batch = (after: number, through: number): KnownBatch => ({ after, through, at: 1_000, bounds: null, writes: [] });
const unknownWith = (raises: readonly (typeof BEFORE)[]) => {
  const batches = [...skippedSequences(raises, LOSS), batch(100, 160), batch(165, 175)];
  return knownLossIn(LOSS, new Map(batches.map((each) => [String(each.through), JSON.stringify(each)]))).unknown;
};

test.each([
  ['has not seen the epoch of the loss', [BEFORE]],
  ['has seen the epoch of the loss', [BEFORE, AFTER]],
])('names the lost writes that no process knows, if a process %s', (_, raises) => {
  expect(unknownWith(raises)).toEqual([{ first: 161, last: 165 }]);
});
