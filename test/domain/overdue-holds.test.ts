import { expect, test } from 'vitest';
import type { DuePosition } from '../../src/domain/machine/lookups.ts';
import { UndecodableRecord } from '../../src/domain/machine/lookups.ts';
import { namedSkus, type ReclaimBounds } from '../../src/domain/machine/overdue.ts';
import { type BatchOutcome, runBatch } from '../../src/domain/machine/run-batch.ts';
import type { Step } from '../../src/domain/steps.ts';
import { FrozenShelf } from '../support/frozen-shelf.ts';
import {
  configure,
  consume,
  extend,
  giveBack,
  put,
  receive,
  release,
  reserve,
  resizeTo,
  START,
  TTL_MS,
  transaction,
  transfer,
} from '../support/transactions.ts';

const BOUNDS: ReclaimBounds = { skus: [], namedMax: 3, othersMax: 2, totalMax: 4 };
const AT = START + TTL_MS;

/** A shelf of which some records cannot be decoded, and whose index may have entries that match no hold. */
class DamagedShelf extends FrozenShelf {
  readonly undecodable = new Set<string>();
  readonly strays: DuePosition[] = [];
  readonly lookedUp: string[] = [];

  override stock(sku: string) {
    this.lookedUp.push(sku);
    return this.#decoded(`stock:${sku}`, super.stock(sku));
  }

  override hold(holdId: string) {
    return this.#decoded(`hold:${holdId}`, super.hold(holdId));
  }

  override counted(key: string) {
    return this.#decoded(`count:${key}`, super.counted(key));
  }

  override overdueHolds(sku: string, at: number, limit: number) {
    const found = [...this.strays.filter((stray) => stray.sku === sku), ...super.overdueHolds(sku, at, limit)];
    return found.slice(0, limit);
  }

  #decoded<V>(record: string, value: V): V {
    if (this.undecodable.has(record)) throw new UndecodableRecord(record, 'it is broken');
    return value;
  }
}

function shelfWith(...steps: Step[]): DamagedShelf {
  const shelf = new DamagedShelf();
  const transactions = [transaction('supply', steps)];
  shelf.write(runBatch(shelf, { at: START, sequence: 0, transactions, bounds: BOUNDS }).changes);
  return shelf;
}

/** Runs steps when the holds of the supply are overdue. */
const later = (shelf: DamagedShelf, steps: Step[], bounds: Partial<ReclaimBounds> = {}): BatchOutcome =>
  runBatch(shelf, {
    at: AT,
    sequence: 1,
    transactions: steps.length === 0 ? [] : [transaction('t', steps)],
    bounds: { ...BOUNDS, ...bounds },
  });

const endedIds = ({ changes }: BatchOutcome): string[] =>
  changes.holds.flatMap(({ after }) => (after?.state === 'expired' ? [after.holdId] : []));
const supply = (...skus: string[]): Step[] => skus.flatMap((sku) => [configure(sku), receive(sku, 9)]);

test('the named SKUs are those of the caller, of steps that take units, and of the components of kits', () => {
  const kit = configure('K', { components: '[{"sku":"C","quantity":1}]' });
  const shelf = shelfWith(...supply('A', 'B', 'C', 'D', 'E'), kit, reserve('d', 'D', 1), reserve('e', 'E', 1));
  shelf.lookedUp.length = 0;
  const steps = [
    reserve('h', 'A', 1),
    reserve('i', 'A', 1),
    reserve('k', 'K', 1),
    resizeTo('d', 2),
    transfer('unknown', 'cart:2'),
    release('e'),
    configure('new'),
    giveBack('E', 1),
    put('cart:1', 'any', { body: '' }),
  ];
  expect([...namedSkus(['B'], [{ steps }], shelf)]).toEqual(['B', 'A', 'K', 'C', 'D']);
  expect(shelf.lookedUp).toEqual(['B', 'A', 'K', 'D']);
});

test('a record that cannot be decoded names no more SKUs, and another failure of the store is not hidden', () => {
  const shelf = shelfWith(...supply('A', 'D'), reserve('d', 'D', 1));
  shelf.undecodable.add('stock:A').add('hold:d');
  expect([...namedSkus([], [{ steps: [reserve('h', 'A', 1), resizeTo('d', 2)] }], shelf)]).toEqual(['A']);
  const closed = { stock: () => undefined, hold: () => expect.fail('the store is closed') };
  expect(() => namedSkus([], [{ steps: [resizeTo('d', 2)] }], closed)).toThrow('the store is closed');
});

test('an error about an undecodable record names the record and the problem', () => {
  const error = new UndecodableRecord('hold:h', 'too short');
  expect(error).toMatchObject({ name: 'UndecodableRecord', record: 'hold:h', problem: 'too short' });
  expect(error.message).toBe('hold:h: too short');
});

test('ends overdue holds and sets nothing aside while index and records agree', () => {
  const shelf = shelfWith(...supply('A'), reserve('a', 'A', 1), reserve('b', 'A', 1, { ttlMs: TTL_MS + 1 }));
  const outcome = later(shelf, []);
  expect(endedIds(outcome)).toEqual(['a']);
  expect(outcome).toMatchObject({ ended: 1, more: false, sequence: 2 });
  expect(outcome.changes.setAside).toEqual([]);
});

test('a batch looks at the holds that its steps name, except at those that it creates', () => {
  const shelf = shelfWith(...supply('A'), reserve('a', 'A', 1));
  const steps = [put('cart:1', 'any', { body: '' }), reserve('new', 'A', 1), extend('a', 1), consume('a')];
  const made = { ...transaction('t', steps), hasNewHolds: true };
  const run = { at: START, sequence: 1, bounds: BOUNDS };
  const { holds } = runBatch(shelf, { ...run, transactions: [made] }).reads;
  expect([...holds].map(([id, { isNew }]) => [id, isNew])).toEqual([
    ['a', false],
    ['new', true],
  ]);
  const known = runBatch(shelf, { ...run, transactions: [transaction('t', steps)] }).reads.holds;
  expect(known.get('new')?.isNew).toBe(false);
});

test('a hold that cannot be decoded fails the step that names it, and no other transaction', () => {
  const shelf = shelfWith(...supply('A'), reserve('a', 'A', 1, { ttlMs: null }));
  shelf.undecodable.add('hold:a');
  const transactions = [transaction('t', [release('a')]), transaction('u', [receive('A', 1)])];
  const { answers } = runBatch(shelf, { at: AT, sequence: 1, transactions, bounds: BOUNDS });
  expect(answers).toMatchObject([
    { status: 'failed', error: 'undecodable_record', detail: 'hold:a' },
    { status: 'applied', sequence: 2 },
  ]);
});

test.each(['hold:a', 'count:customer:1 A', 'count:held:customer:1 A', 'count:held:clt_1 A', 'stock:A'])(
  'an overdue hold is set aside whole if %s cannot be decoded, and the next one ends',
  (record) => {
    const capped = { customer: 'customer:1', client: 'clt_1', caps: { unitsMax: 5 } };
    const shelf = shelfWith(...supply('A', 'B'), reserve('a', 'A', 2, capped), reserve('b', 'B', 1));
    shelf.undecodable.add(record);
    const outcome = later(shelf, []);
    expect(outcome.changes.setAside).toEqual([{ sku: 'A', holdId: 'a', expiresAt: AT }]);
    expect(endedIds(outcome)).toEqual(['b']);
    expect(outcome.changes.stock.map(({ key }) => key)).toEqual(['B']);
    expect(outcome.changes.counts).toEqual([]);
  },
);

test('a hold that counts for nobody ends without its counts', () => {
  const shelf = shelfWith(...supply('A'), reserve('a', 'A', 2));
  shelf.undecodable.add('count:guest:1 A').add('count:held:guest:1 A');
  const outcome = later(shelf, []);
  expect(endedIds(outcome)).toEqual(['a']);
  expect([...outcome.reads.counts.keys()]).toEqual([]);
});

test('an index entry that matches no live hold is set aside, and a hold that has ended is not', () => {
  const shelf = shelfWith(...supply('A'), reserve('a', 'A', 1), reserve('gone', 'A', 1), consume('gone'));
  const stray = (holdId: string, expiresAt: number) => ({ sku: 'A', holdId, expiresAt });
  shelf.strays.push(stray('none', AT), stray('a', AT - 1), stray('gone', AT - 1));
  const { changes, ended } = later(shelf, [], { skus: ['A'], namedMax: 5, totalMax: 5 });
  expect(changes.setAside).toEqual([stray('none', AT), stray('a', AT - 1)]);
  expect(ended).toBe(1);
});

test('a part hold without the hold of its kit is set aside', () => {
  const kit = configure('K', { components: '[{"sku":"A","quantity":1}]' });
  const shelf = shelfWith(...supply('A'), kit, reserve('k', 'K', 1));
  const { changes } = later(shelf, []);
  const orphaned = new DamagedShelf();
  orphaned.write({ ...changes, holds: [], stock: [] });
  const [part] = changes.holds.flatMap(({ key, before }) => (key === 'k/0' ? [before] : []));
  orphaned.write({ ...changes, stock: [], holds: [{ key: 'k/0', before: undefined, after: part }] });
  expect(later(orphaned, []).changes.setAside).toEqual([{ sku: 'A', holdId: 'k/0', expiresAt: AT }]);
});

const SKUS = ['A', 'B', 'C', 'D', 'E'];
const manyOverdue = () => shelfWith(...supply(...SKUS), ...SKUS.map((sku) => reserve(`of-${sku}`, sku, 1)));

test('ends holds of other SKUs than the named ones, though these are first in the index', () => {
  const outcome = later(manyOverdue(), [], { skus: ['A', 'B', 'C'], othersMax: 1, totalMax: 9 });
  expect(endedIds(outcome)).toEqual(['of-A', 'of-B', 'of-C', 'of-D']);
  expect(outcome.more).toBe(true);
});

test('ends holds of other SKUs though the steps have ended those that are first in the index', () => {
  const steps = ['A', 'B', 'C'].map((sku) => extend(`of-${sku}`, TTL_MS));
  const outcome = later(manyOverdue(), steps, { othersMax: 1, totalMax: 9 });
  expect(endedIds(outcome)).toEqual(['of-A', 'of-B', 'of-C', 'of-D']);
});

test('more holds may remain if as many index entries were read as were requested', () => {
  const two = [reserve('a', 'A', 1), reserve('b', 'A', 1)];
  const shelf = shelfWith(...supply('A'), ...two);
  const stray = { sku: 'A', holdId: 'none', expiresAt: AT };
  expect(later(shelf, [], { skus: ['A'], namedMax: 2 })).toMatchObject({ ended: 2, more: false });
  shelf.strays.push(stray);
  expect(later(shelf, [], { skus: ['A'], namedMax: 2, othersMax: 0 })).toMatchObject({ ended: 2, more: true });
});
