import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { emptyFold, foldEntries, violations } from '../support/fold.ts';
import { learn } from '../support/known.ts';
import { nothingKnown, seenIn, wholeState } from '../support/state.ts';
import { START } from '../support/transactions.ts';

const RETRIES_MAX = 40;

/**
 * Turns `dir` into a copy of `from`, the directory of a killed process, after a power cut that left `image` as data.
 */
export function placeImage(dir: string, image: Buffer, from: string): void {
  mkdirSync(dir);
  writeFileSync(join(dir, 'data.mdb'), image);
  // On a real disk it would be the same file.
  const { ino, birthtimeMs } = statSync(join(dir, 'data.mdb'));
  for (const name of ['holdfast.shop', 'holdfast.flushed']) {
    if (!existsSync(join(from, name))) continue;
    const note = JSON.parse(readFileSync(join(from, name), 'utf8')) as { file: object };
    writeFileSync(join(dir, name), JSON.stringify({ ...note, file: { inode: ino, bornMs: Math.trunc(birthtimeMs) } }));
  }
}

/**
 * Opens a data directory and expects: every acknowledged effect, a ledger that agrees with the records, and that
 * unacknowledged transactions can be sent again. `acknowledged` has lines `id sequence`.
 */
export async function expectAcknowledged(
  dir: string,
  acknowledged: readonly string[],
  sent: readonly Transaction[],
): Promise<void> {
  const store = await openEmbeddedStore({ dir, shop: 'test', clock: () => START });
  try {
    const known = nothingKnown();
    learn(known, sent);
    await expectWhole(store, known);
    const ids = acknowledged.map((line) => line.split(' ')[0]!);
    const [snapshot] = await store.read([{ requests: ids }]);
    expect(snapshot?.requests.map((request, index) => `${ids[index]} ${request?.sequence}`)).toEqual(acknowledged);
    const answered = new Set(ids);
    const unanswered = sent.filter(({ id }) => !answered.has(id)).slice(0, RETRIES_MAX);
    const { answers } = await store.apply(unanswered);
    expect(answers).toHaveLength(unanswered.length);
    await expectWhole(store, known);
  } finally {
    await store.close();
  }
}

async function expectWhole(store: Store, known: ReturnType<typeof nothingKnown>): Promise<void> {
  const state = await wholeState(store, known);
  const fold = emptyFold();
  expect([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))]).toEqual([]);
}
