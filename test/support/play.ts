import { expect } from 'vitest';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyFold, foldEntries, violations } from './fold.ts';
import { learn } from './known.ts';
import type { Case, Row } from './rows.ts';
import { allLedger, type Known, nothingKnown, type PageSizes, seenIn, type WholeState, wholeState } from './state.ts';
import { transaction } from './transactions.ts';

export interface Players {
  /** The engine under test. */
  store: Store;
  /** The memory model, which is the definition. */
  model: Store;
  clock: { now: number };
}

const SMALL_PAGES: PageSizes = { list: 2, feed: 3 };

/**
 * Runs a case on an engine and on the model. Each row must have the expected outcome on both, with identical answers.
 * After each row the visible states of both must be equal and keep the invariants. Resolves to the number of rows.
 */
export async function play(players: Players, { rows, compareAtEnd }: Case): Promise<number> {
  const known = nothingKnown();
  for (const [index, row] of rows.entries()) {
    await playRow(players, row, index, known);
    if (!compareAtEnd) await compareStates(players, known, `after row ${index}`, SMALL_PAGES);
  }
  await compareStates(players, known, 'at the end');
  return rows.length;
}

async function playRow(players: Players, row: Row, index: number, known: Known): Promise<void> {
  const label = `row ${index} (${row.does})`;
  switch (row.does) {
    case 'clock':
      players.clock.now += row.byMs;
      return;
    case 'reclaim':
      return playReclaim(players, row, label);
    case 'steps':
      return playBatch(players, [transaction(`row-${index}`, row.steps)], [row.expected], known, label);
    case 'apply':
      return playBatch(players, row.transactions, row.expected, known, label);
    default:
      return playCheck(players.store, row, label);
  }
}

async function playBatch(
  { store, model }: Players,
  transactions: readonly Transaction[],
  expected: readonly object[],
  known: Known,
  label: string,
): Promise<void> {
  learn(known, transactions);
  const [result, modelled] = await Promise.all([store.apply(transactions), model.apply(transactions)]);
  expect(result.answers, label).toHaveLength(transactions.length);
  expect(result.answers, label).toMatchObject(expected);
  expect(result, `${label}: engine and model`).toEqual(modelled);
  const text = ({ answers }: typeof result): string => JSON.stringify(answers);
  expect(text(result), `${label}: the order of fields`).toBe(text(modelled));
}

async function playReclaim(
  { store, model }: Players,
  row: Extract<Row, { does: 'reclaim' }>,
  label: string,
): Promise<void> {
  const request = { limit: row.limit, ...(row.skus === undefined ? {} : { skus: row.skus }) };
  const [result, modelled] = await Promise.all([store.reclaim(request), model.reclaim(request)]);
  expect(result, label).toMatchObject(row.expected);
  expect(result, `${label}: engine and model`).toEqual(modelled);
}

async function playCheck(
  store: Store,
  row: Extract<Row, { does: 'stock' | 'hold' | 'document' | 'ledger' }>,
  label: string,
): Promise<void> {
  if (row.does === 'ledger') {
    const ledger = await allLedger(store, null, 5_000);
    expect(ledger.slice(-row.expected.length), label).toMatchObject(row.expected);
    return;
  }
  const found = await readOne(store, row);
  if (row.expected === null) expect(found, label).toBeNull();
  else expect(found, label).toMatchObject(row.expected);
}

async function readOne(store: Store, row: Extract<Row, { does: 'stock' | 'hold' | 'document' }>): Promise<unknown> {
  if (row.does === 'stock') return (await store.read([{ skus: [row.sku] }]))[0]?.stock[0];
  if (row.does === 'hold') return (await store.read([{ holds: [row.holdId] }]))[0]?.holds[0];
  const snapshot = (await store.read([{ documents: [row.key] }]))[0];
  return snapshot?.documents[0]?.record ?? null;
}

/** Compares the visible states of both, checks the invariants, and returns the state. */
export async function compareStates(
  { store, model }: Players,
  known: Known,
  label: string,
  pages?: PageSizes,
): Promise<WholeState> {
  const state = await wholeState(store, known, pages);
  expect(state, `${label}: engine and model`).toEqual(await wholeState(model, known));
  const fold = emptyFold();
  expect([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))], label).toEqual([]);
  return state;
}
