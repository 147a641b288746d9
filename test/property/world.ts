import { expect } from 'vitest';
import type { LedgerEntry } from '../../src/domain/records.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { BatchResult, Store } from '../../src/store/store.ts';
import type { Clock, Engine, Opened } from '../support/engines.ts';
import { emptyFold, type Fold, foldEntries, violations } from '../support/fold.ts';
import { learn } from '../support/known.ts';
import { type Known, nothingKnown, seenIn, type WholeState, wholeState } from '../support/state.ts';
import { START } from '../support/transactions.ts';
import { DOCUMENTS, SKUS } from './plans.ts';
import type { History } from './resolve.ts';

const PAGES = { list: 500, feed: 5_000, historyDepth: 4 };

/** One engine, the memory model, and the history that was played on both. */
export interface World extends AsyncDisposable {
  readonly clock: Clock;
  readonly model: Store;
  readonly opened: Opened;
  /** Returns the handle for the next batch. If the engine supports several handles, two of them take turns. */
  nextHandle(): Store;
  readonly history: History;
  readonly known: Known;
  readonly fold: Fold;
  nextDueAt: number | null;
  /** The operations that both stores have decided and that were compared: see `decided`. */
  operations: number;
}

export async function openWorld(engine: Engine, model: Engine): Promise<World> {
  const clock = { now: START };
  const opened = await engine.open(clock);
  const modelled = await model.open(clock);
  const other = engine.multiProcess ? await opened.another() : undefined;
  let turns = 0;
  const known = nothingKnown();
  for (const sku of [...SKUS, 'missing']) known.skus.add(sku);
  for (const document of DOCUMENTS) known.documents.add(document);
  return {
    clock,
    model: modelled.store,
    opened,
    nextHandle() {
      turns += 1;
      return other && turns % 2 === 0 ? other : opened.store;
    },
    known,
    fold: emptyFold(),
    nextDueAt: null,
    operations: 0,
    history: { seen: { sequence: 0, stock: [], holds: [], documents: [] }, sent: [], holdsMade: 0 },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await modelled[Symbol.asyncDispose]();
    },
  };
}

/** Sends one batch to both, and compares the answers and then the states. */
export async function applyToBoth(world: World, transactions: readonly Transaction[]): Promise<void> {
  learn(world.known, transactions);
  const [result, modelled] = await Promise.all([
    world.nextHandle().apply(transactions),
    world.model.apply(transactions),
  ]);
  expect(result, 'the batch: engine and model').toEqual(modelled);
  const before = world.history.seen;
  const entries = await observe(world);
  expect(laws(before, result, transactions, world, entries)).toEqual([]);
  world.nextDueAt = result.nextDueAt;
  world.operations += decided(transactions, result.answers);
}

/**
 * Returns the steps that a store has decided: those of applied transactions, and of a refused one those up to the
 * refused step. A repeated transaction, and one that is refused as a whole, count as one.
 */
function decided(transactions: readonly Transaction[], answers: BatchResult['answers']): number {
  const counts = answers.map((answer, index) => {
    if (answer.status === 'applied') return transactions[index]?.steps.length ?? 0;
    return answer.status === 'refused' && answer.step !== null ? answer.step + 1 : 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Whether a batch wrote the entry when it ended overdue holds. */
export const isOfExpiry = (entry: LedgerEntry): boolean =>
  (entry.kind === 'expired' || entry.kind === 'assembled') && entry.cause.by === 'expiry';

/** Returns violations of the contract of a batch. They do not depend on the machine that decided it. */
function laws(
  before: History['seen'],
  { answers, sequence, at }: BatchResult,
  transactions: readonly Transaction[],
  { history }: World,
  entries: readonly LedgerEntry[],
): string[] {
  const applied = answers.flatMap((answer) => (answer.status === 'applied' ? [answer.sequence] : []));
  const reclaimed = entries.some(isOfExpiry);
  const first = before.sequence + (reclaimed ? 1 : 0);
  const steps = transactions
    .filter((_, index) => !malformed(answers[index]))
    .flatMap((transaction) => transaction.steps);
  const named = new Set(steps.flatMap((step) => ('holdId' in step ? [step.holdId] : [])));
  const overdue = before.holds.filter(
    (hold) => hold.endedAt === null && hold.expiresAt <= at && named.has(hold.holdId),
  );
  const revived = overdue.filter(
    ({ holdId }) => history.seen.holds.find((hold) => hold.holdId === holdId)?.state !== 'expired',
  );
  const foreign = entries.filter((entry) => !isOfExpiry(entry) && !applied.includes(Number.parseInt(entry.id, 10)));
  return [
    ...(sequence === first + applied.length ? [] : [`the sequence went from ${before.sequence} to ${sequence}`]),
    ...applied.flatMap((found, index) =>
      found === first + index + 1 ? [] : [`answer ${index} has sequence ${found}`],
    ),
    ...revived.map(({ holdId }) => `${holdId} was overdue and did not expire`),
    ...foreign.map(({ id }) => `${id} does not belong to an applied transaction`),
    ...answers.flatMap((answer) => (answer.status === 'failed' ? [`failed: ${answer.detail}`] : [])),
  ];
}

const malformed = (answer: BatchResult['answers'][number] | undefined): boolean =>
  answer?.status === 'refused' && answer.refusal.reason === 'invalid_transaction';

/** Compares the states of both, folds new entries of the ledger, and checks the invariants. */
export async function observe(world: World): Promise<LedgerEntry[]> {
  const { fold, history, known } = world;
  const from = fold.index < 0 ? null : `${fold.sequence}-${fold.index}`;
  const [state, modelled] = await Promise.all([
    wholeState(world.opened.store, known, PAGES, from),
    wholeState(world.model, known, PAGES, from),
  ]);
  expect(state, 'the state: engine and model').toEqual(modelled);
  history.seen = seenIn(state);
  expect([...foldEntries(fold, state.ledger), ...violations(fold, history.seen), ...scanFaults(state)]).toEqual([]);
  return state.ledger;
}

/** Returns differences between a scan and the lists and reads. */
function scanFaults({ scanned, stock, holds, snapshot }: WholeState): string[] {
  const counts: [string, number, number][] = [
    ['stock', scanned.stock.length, stock.length],
    ['holds', scanned.holds.length, holds.length],
    ['documents', scanned.documents.length, snapshot.documents.filter((document) => document !== null).length],
  ];
  return counts.flatMap(([kind, found, expected]) =>
    found === expected ? [] : [`a scan saw ${found} ${kind} of ${expected}`],
  );
}
