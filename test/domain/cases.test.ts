import { describe, expect, test } from 'vitest';
import { APPLY_BOUNDS, reclaimBounds } from '../../src/store/bounds.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { tables } from '../conformance/cases/all-cases.ts';
import { BareMachine } from '../support/bare-machine.ts';
import type { Row } from '../support/rows.ts';
import { transaction } from '../support/transactions.ts';

/** What a store does, not the machine: it deletes old records, keeps the time, and knows which ids are new. */
const OF_STORES = new Set([
  'looks up a generated id only from the time on at which its caller may have retried',
  'the store’s time does not go back when the clock does',
]);
const bare = Object.entries(tables).flatMap(([topic, cases]) => {
  // The cases with thousands of steps take seconds.
  const some = cases.filter(({ name, compareAtEnd }) => !OF_STORES.has(name) && !(topic === 'shapes' && compareAtEnd));
  return topic === 'retention' ? [] : [{ topic, cases: some }];
});

function playRow(machine: BareMachine, row: Row, label: string): void {
  switch (row.does) {
    case 'clock':
      machine.now += row.byMs;
      return;
    case 'reclaim': {
      const { nextDueAt: _next, dueDocuments: _due, at: _at, ...expected } = row.expected;
      expect(machine.run([], reclaimBounds(row)), label).toMatchObject(expected);
      return;
    }
    case 'steps':
      return playBatch(machine, [transaction(label, row.steps)], [row.expected], label);
    case 'apply':
      return playBatch(machine, row.transactions, row.expected, label);
    case 'ledger':
      expect(machine.ledger.slice(-row.expected.length), label).toMatchObject(row.expected);
      return;
    default: {
      const found = recordOf(machine, row);
      if (row.expected === null) expect(found, label).toBeUndefined();
      else expect(found, label).toMatchObject(row.expected);
    }
  }
}

function playBatch(
  machine: BareMachine,
  transactions: readonly Transaction[],
  expected: readonly object[],
  label: string,
): void {
  const { answers } = machine.run(transactions, APPLY_BOUNDS);
  expect(answers, label).toHaveLength(transactions.length);
  expect(answers, label).toMatchObject(expected);
}

function recordOf({ shelf }: BareMachine, row: Extract<Row, { does: 'stock' | 'hold' | 'document' }>): unknown {
  if (row.does === 'stock') return shelf.stock(row.sku);
  return row.does === 'hold' ? shelf.hold(row.holdId) : shelf.document(row.key);
}

/** Every engine runs these cases in test/conformance. Here the machine runs them without a store, which is faster. */
describe.each(bare)('$topic', ({ cases }) => {
  test.each(cases)('$name', ({ rows }) => {
    const machine = new BareMachine();
    for (const [index, row] of rows.entries()) playRow(machine, row, `row-${index}`);
    expect(machine.broken).toEqual([]);
  });
});
