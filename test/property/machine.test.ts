import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BatchOutcome, runBatch } from '../../src/domain/machine/run-batch.ts';
import type { HoldRecord } from '../../src/domain/records.ts';
import { skuOf } from '../../src/domain/stock-keys.ts';
import { emptyFold, foldEntries, isLive, violations } from '../support/fold.ts';
import { deepFreeze, FrozenShelf } from '../support/frozen-shelf.ts';
import { START } from '../support/transactions.ts';
import { batchPlan, KITS, SKUS, type TransactionPlan } from './plans.ts';
import { type History, resolveTransaction } from './resolve.ts';
import { replayable } from '../support/seed.ts';

const RUNS = 150;
const BOUNDS = { skus: [], namedMax: 3, othersMax: 2, totalMax: 4 };

interface Machine {
  shelf: FrozenShelf;
  fold: ReturnType<typeof emptyFold>;
  history: History;
  at: number;
}

const supply = (sku: string): TransactionPlan => ({
  steps: [
    { kind: 'configure', sku, limitPerCustomer: 6, ...(sku === 'B' ? { backorderLimit: 5 } : {}) },
    { kind: 'adjust', sku, delta: 9, as: 'received' },
  ],
  retention: 'short',
  reference: undefined,
});

const kits: TransactionPlan = {
  steps: [
    { kind: 'configure', sku: 'A@b' },
    { kind: 'adjust', sku: 'A@b', delta: 5, as: 'received' },
    { kind: 'configure', sku: 'K', components: KITS.K },
    { kind: 'configure', sku: 'L@b', components: KITS['L@b'] },
  ],
  retention: 'short',
  reference: undefined,
};

/** Runs a batch twice over the same frozen state, and once more with copies of the transactions. */
function runTwice({ shelf, history, at }: Machine, plans: readonly TransactionPlan[]): BatchOutcome {
  const transactions = deepFreeze(plans.map((plan) => resolveTransaction(history, plan)));
  const input = deepFreeze({ at, sequence: history.seen.sequence, transactions, bounds: BOUNDS });
  const outcome = runBatch(shelf, input);
  expect(runBatch(shelf, input)).toEqual(outcome);
  expect(runBatch(shelf, structuredClone(input))).toEqual(outcome);
  return outcome;
}

function play(machine: Machine, plans: readonly TransactionPlan[]): void {
  const { shelf, fold, history } = machine;
  const outcome = runTwice(machine, plans);
  shelf.write(outcome.changes);
  history.seen = { sequence: outcome.sequence, ...shelf.all() };
  const wrong = [...foldEntries(fold, outcome.changes.ledger), ...violations(fold, history.seen)];
  expect(wrong).toEqual([]);
  expect(outcome.answers.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(shelf.countsOf('held:')).toEqual(heldUnits(history.seen.holds));
}

/** Sums the live units of each holder. A hold whose owner is its customer does not count for the customer. */
function heldUnits(holds: readonly HoldRecord[]): Record<string, number> {
  const units: Record<string, number> = {};
  const add = (holder: string, { sku, quantity }: HoldRecord): void => {
    const name = `held:${holder} ${skuOf(sku)}`;
    units[name] = (units[name] ?? 0) + quantity;
  };
  for (const hold of holds) {
    if (!isLive(hold) || hold.state === 'committed' || !hold.capped) continue;
    if (hold.customer !== hold.owner) add(hold.customer, hold);
    if (hold.client !== null) add(hold.client, hold);
  }
  return units;
}

test('the machine is pure: a frozen input has the same outcome each time, and outcomes keep the invariants', {
  timeout: 120_000,
}, () => {
  const turn = fc.record({ plans: batchPlan, laterMs: fc.constantFrom(0, 0, 1, 5, 20, 1_000) });
  const property = fc.property(fc.array(turn, { minLength: 1, maxLength: 40, size: 'max' }), (turns) => {
    const history = { seen: { sequence: 0, stock: [], holds: [], documents: [] }, sent: [], holdsMade: 0 };
    const machine: Machine = { shelf: new FrozenShelf(), fold: emptyFold(), history, at: START };
    play(machine, [...SKUS.slice(0, 3).map(supply), kits]);
    for (const { plans, laterMs } of turns) {
      machine.at += laterMs;
      play(machine, plans);
    }
  });
  fc.assert(property, { numRuns: RUNS, ...replayable() });
});
