import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Applied, Transaction } from '../../../src/domain/transaction.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { emptyFold, foldEntries, violations } from '../../support/fold.ts';
import { learn } from '../../support/known.ts';
import { nothingKnown, seenIn, wholeState } from '../../support/state.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { START } from '../../support/transactions.ts';
import { statuses } from './shops.ts';

const CHILD = join(import.meta.dirname, 'crash-child.js');

interface Run {
  sent: Map<string, Transaction>;
  acknowledged: Map<string, number>;
}

/** Runs a child that buys until it kills itself, when it reaches `point` for the `countdown`th time. */
async function crashAt(dir: string, point: string, countdown: number, round: number, run: Run): Promise<void> {
  const child = fork(CHILD, [dir, point, String(countdown), String(START), String(round)], {
    serialization: 'advanced',
  });
  child.on('message', (message: { sent?: Transaction } & Applied & { id: string }) => {
    if (message.sent) run.sent.set(message.sent.id, message.sent);
    else run.acknowledged.set(message.id, message.sequence);
  });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

const POINTS = [
  'a group has begun',
  'a batch is half written',
  'a batch is written and its group is not committed',
  'a group is readable and its flush is not confirmed',
  'a group is on disk and its callers have no answer',
  'a caller has its answer',
];

test.each(POINTS)(
  'killed when %s: keeps acknowledged transactions, and each other one whole or not at all',
  async (point) => {
    await using dir = await tempDir();
    const run: Run = { sent: new Map(), acknowledged: new Map() };
    for (const [round, countdown] of [1, 7, 60].entries()) {
      await crashAt(dir.path, point, countdown, round, run);
      const store = await openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => START });
      try {
        const known = nothingKnown();
        learn(known, [...run.sent.values()]);
        await expectWhole();
        const [snapshot] = await store.read([{ requests: [...run.acknowledged.keys()] }]);
        expect(snapshot?.requests.map((request) => request?.sequence)).toEqual([...run.acknowledged.values()]);

        const unanswered = [...run.sent.values()].filter(({ id }) => !run.acknowledged.has(id));
        const again = await store.apply(unanswered);
        expect(statuses(again.answers).filter((status) => status !== 'applied' && status !== 'replayed')).toEqual([]);
        await expectWhole();

        async function expectWhole(): Promise<void> {
          const state = await wholeState(store, known);
          const fold = emptyFold();
          expect([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))]).toEqual([]);
        }
      } finally {
        await store.close();
      }
    }
    expect(run.acknowledged.size).toBeGreaterThan(0);
  },
);
