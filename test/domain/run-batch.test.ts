import { expect, test } from 'vitest';
import { runBatch } from '../../src/domain/machine/run-batch.ts';
import { holdPhase, liveOrNull } from '../../src/domain/machine/live-hold.ts';
import { countKey, countKeyParts, WriteBuffer } from '../../src/domain/machine/write-buffer.ts';
import type { HoldRecord } from '../../src/domain/records.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { APPLY_BOUNDS } from '../../src/store/bounds.ts';
import { BareMachine } from '../support/bare-machine.ts';
import { FrozenShelf } from '../support/frozen-shelf.ts';
import { configure, put, receive, reserve, resizeBy, START, transaction } from '../support/transactions.ts';

const run = (transactions: readonly Transaction[], areValid?: boolean) =>
  runBatch(new FrozenShelf(), {
    at: START,
    sequence: 4,
    transactions,
    bounds: APPLY_BOUNDS,
    ...(areValid === undefined ? {} : { areValid }),
  });

test('a batch reports each record that it has read, as it was before', () => {
  const capped = reserve('h', 'A', 2, { customer: 'customer:1', caps: { unitsMax: 5 } });
  const { reads } = run([transaction('t', [configure('A'), receive('A', 5), capped, put('d', 'any', { body: '' })])]);
  const before = (read: ReadonlyMap<string, { before: unknown }>) =>
    [...read].map(([key, value]) => [key, value.before]);
  expect(before(reads.stock)).toEqual([['A', undefined]]);
  expect(before(reads.holds)).toEqual([['h', undefined]]);
  expect(before(reads.documents)).toEqual([['d', undefined]]);
  expect(before(reads.requests)).toEqual([['t', undefined]]);
  expect(before(reads.counts).toSorted()).toEqual([
    ['customer:1 A', 0],
    ['held:customer:1 A', 0],
  ]);
});

test('a batch writes each changed record once, with its last value, and nothing of a refused transaction', () => {
  const { changes, answers } = run([
    transaction('a', [configure('A'), receive('A', 5), reserve('h', 'A', 1)]),
    transaction('b', [configure('B'), put('d', 'any', { body: '' }), reserve('i', 'A', 9)]),
    transaction('c', [receive('A', 1), resizeBy('h', 1)], { reference: 'ref', retention: 'long' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['applied', 'refused', 'applied']);
  expect(changes.stock).toMatchObject([{ key: 'A', before: undefined, after: { onHand: 6, reserved: 2 } }]);
  expect(changes.holds).toMatchObject([{ key: 'h', before: undefined, after: { quantity: 2 } }]);
  expect([changes.documents, changes.counts, changes.setAside]).toEqual([[], [], []]);
  expect(changes.ledger.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
    '5-0 received',
    '5-1 reserved',
    '6-0 received',
    '6-1 resized',
  ]);
  const record = { at: START, reference: null, granted: [1], fingerprint: 'f:a', sequence: 5 };
  expect(changes.requests).toEqual([
    { id: 'a', retention: 'short', record },
    { id: 'c', retention: 'long', record: { ...record, reference: 'ref', fingerprint: 'f:c', sequence: 6 } },
  ]);
});

test('transactions that were validated before are not validated again', () => {
  const odd = transaction('t', [put('d', 'any', { body: '', list: 'elsewhere' as 'placed' })]);
  expect(run([odd]).answers).toMatchObject([{ status: 'refused', refusal: { meta: { issues: ['steps[0].list'] } } }]);
  expect(run([odd, transaction('u', [configure('A')])], true).answers).toMatchObject([
    { status: 'applied', sequence: 5 },
    { status: 'applied', sequence: 6 },
  ]);
});

test('a refusal is not final while overdue holds of any SKU may remain', () => {
  const machine = new BareMachine();
  machine.apply(configure('A'), receive('A', 1));
  const input = {
    at: START,
    sequence: 9,
    bounds: APPLY_BOUNDS,
    transactions: [transaction('t', [reserve('h', 'A', 2)])],
  };
  expect(runBatch(machine.shelf, input).answers).toMatchObject([{ status: 'refused' }]);
  const pending = runBatch(machine.shelf, { ...input, isOverduePending: true });
  expect(pending.answers).toEqual([{ status: 'overdue_pending', skus: ['A'] }]);
});

test('a failure of the machine fails its transaction alone', () => {
  const shelf = new FrozenShelf();
  shelf.document = (key) => (key === 'broken' ? expect.fail('out of memory') : undefined);
  const transactions = ['broken', 'good'].map((key) => transaction(key, [put(key, 'any', { body: '' })]));
  const { answers, changes } = runBatch(shelf, { at: START, sequence: 4, transactions, bounds: APPLY_BOUNDS });
  expect(answers).toMatchObject([
    { status: 'failed', error: 'internal', detail: expect.stringContaining('out of memory') },
    { status: 'applied', sequence: 5 },
  ]);
  expect(changes.documents.map(({ key }) => key)).toEqual(['good']);
});

test('an answer has the backordered units of each hold if there are any', () => {
  const machine = new BareMachine();
  machine.apply(configure('A', { backorderLimit: 9 }), receive('A', 3));
  expect(machine.apply(reserve('a', 'A', 2))).not.toHaveProperty('backordered');
  expect(machine.apply(resizeBy('a', 1), reserve('b', 'A', 2), resizeBy('b', 1))).toMatchObject({
    granted: [1, 2, 1],
    backordered: [0, 2, 3],
  });
});

test('a record that is written without a read has the value before it all the same', () => {
  const machine = new BareMachine();
  machine.apply(configure('A'), receive('A', 3));
  const buffer = new WriteBuffer(machine.shelf);
  buffer.stock.set('A', undefined);
  buffer.commit();
  expect(buffer.stock.changes()).toMatchObject([{ key: 'A', before: { onHand: 3 }, after: undefined }]);
});

test('a count has the name of its holder and its SKU, which may have spaces', () => {
  expect(countKey('held:clt_1', 'a tee@berlin')).toBe('held:clt_1 a tee');
  expect(countKeyParts('held:clt_1 a tee')).toEqual({ customer: 'held:clt_1', sku: 'a tee' });
});

test('a hold is live until its deadline, then overdue, and ended by a step', () => {
  const machine = new BareMachine();
  machine.apply(configure('A'), receive('A', 3), reserve('h', 'A', 1, { ttlMs: 5 }));
  const hold = machine.shelf.hold('h') as HoldRecord;
  expect([START + 4, START + 5].map((at) => holdPhase(hold, at))).toEqual(['live', 'overdue']);
  expect(holdPhase({ ...hold, state: 'consumed' }, START + 9)).toBe('consumed');
  expect([liveOrNull(hold), liveOrNull({ ...hold, state: 'expired' }), liveOrNull(undefined)]).toEqual([
    hold,
    null,
    null,
  ]);
});
