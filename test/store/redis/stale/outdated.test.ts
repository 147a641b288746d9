import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Step } from '../../../../src/domain/steps.ts';
import type { Transaction } from '../../../../src/domain/transaction.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import {
  adjust,
  configure,
  consume,
  count,
  drop,
  euros,
  extend,
  giveBack,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  transaction,
  transfer,
} from '../../../support/transactions.ts';
import { allHolds, allLedger } from '../../../support/state.ts';
import type { IndexPage } from '../../../../src/store/index-check.ts';
import { FULL } from '../../../support/scale.ts';
import { openRivals, type Rivals } from './rivals.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const CUSTOMER = 'customer:1';
const mine = { customer: CUSTOMER };

/** The records that both processes remember before one of them changes something. */
const SUPPLY: Step[] = [
  configure('A', { safetyStock: 1, limitPerCustomer: 6, title: 'a', unitPrice: euros(5) }),
  receive('A', 12),
  reserve('h', 'A', 2, mine),
  reserve('sold', 'A', 3),
  consume('sold'),
  put('cart:1', 'absent', { body: 'x', holds: ['h'], dueInMs: 5_000, list: 'awaiting_payment' }),
  put('cart:2', 'absent', { body: 'y' }),
];

/** Changes by the other process: each kind of record, in each of its fields. */
const CHANGES: Record<string, Transaction> = Object.fromEntries(
  Object.entries({
    'the safety stock': [configure('A', { safetyStock: 5 })],
    'the limit': [configure('A', { limitPerCustomer: 2 })],
    'no limit': [configure('A', { limitPerCustomer: null })],
    'title and price': [configure('A', { title: 'b', unitPrice: null })],
    'more on hand': [receive('A', 7)],
    'less on hand': [adjust('A', -5)],
    'the maximum on hand': [receive('A', 1_000_000_000_000 - 9)],
    counted: [count('A', 3)],
    'reserved by others': [reserve('other', 'A', 6, { customer: 'guest:2' })],
    'sold to others': [reserve('other', 'A', 6, { customer: 'guest:2' }), consume('other')],
    'sold units were returned': [giveBack('A', 3)],
    'sold units were returned without restock': [giveBack('A', 2, { restock: false })],
    'a count reached its limit': [reserve('same', 'A', 4, mine)],
    'a count fell': [drop('cart:2', 'present', { forget: [{ sku: 'A', quantity: 1, ...mine }] })],
    'the hold is larger': [resizeTo('h', 4)],
    'the hold is smaller': [resizeTo('h', 1)],
    'the hold lives longer': [extend('h', 100_000)],
    'the hold is pinned': [pin('h', 30_000)],
    'the hold has another owner': [transfer('h', 'cart:9')],
    'the hold has another customer': [transfer('h', 'cart:1', { toCustomer: 'customer:2' })],
    'the hold was consumed': [consume('h')],
    'the hold was released': [release('h')],
    'the new hold exists': [reserve('new', 'A', 1)],
    'the new hold was created and released': [reserve('new', 'A', 1), release('new')],
    'the new SKU exists': [configure('B', { limitPerCustomer: 1 }), receive('B', 5)],
    'the document has another body': [put('cart:1', 'present', { body: 'z', holds: ['h'] })],
    'the document is in another list': [put('cart:1', 'present', { body: 'x', holds: ['h'], list: 'placed' })],
    'the document is due later': [put('cart:1', 'present', { dueInMs: 9_000 })],
    'the document is never due': [put('cart:1', 'present', { dueInMs: null })],
    'another document is due': [put('cart:2', 'present', { dueInMs: 3_000 })],
    'the document was dropped': [drop('cart:1', 'present')],
    'the document was dropped and created again': [drop('cart:1', 'present'), put('cart:1', 'absent', { body: 'n' })],
    'the new document exists': [put('cart:new', 'absent', { body: 'n', dueInMs: 1_000, list: 'placed' })],
  } satisfies Record<string, Step[]>).map(([name, steps]) => [name, transaction('change', steps)]),
);
CHANGES['the request was applied'] = transaction('mine', [receive('A', 1)], { reference: 'r', fingerprint: 'f:mine' });
CHANGES['the request was another one'] = transaction('mine', [receive('A', 1)], { fingerprint: 'f:theirs' });

/** Decisions of this process on the records that it remembers. `version` is that of `cart:1`. */
const decisions = (version: number): Step[][] => [
  [reserve('new', 'A', 1)],
  [reserve('new', 'A', 6, { customer: 'guest:9' })],
  [reserve('new', 'A', 6, { min: 1, customer: 'guest:9' })],
  [reserve('new', 'A', 4, mine)],
  [reserve('new', 'A', 5, { min: 1, ...mine })],
  [reserve('new', 'A', 5, mine)],
  [reserve('new', 'A', 1, { unitPrice: euros(5) })],
  [reserve('new', 'A', 1, { unitPrice: null })],
  [resizeTo('h', 3, { unitPrice: euros(5) })],
  [reserve('new', 'B', 2)],
  [configure('A', { safetyStock: 1 })],
  [configure('A', { limitPerCustomer: 6, safetyStock: 2 })],
  [configure('B', { title: 'late' })],
  [adjust('A', -6), adjust('A', 2)],
  [adjust('A', -8)],
  [receive('A', 1_000_000_000_000 - 9)],
  [count('A', 2, 9)],
  [count('A', 5)],
  [giveBack('A', 3, mine)],
  [giveBack('A', 4)],
  [resizeBy('h', 5, { min: 1 })],
  [resizeTo('h', 3)],
  [resizeTo('h', 1)],
  [extend('h', 90_000)],
  [pin('h', 20_000, { quantity: 2 })],
  [transfer('h', 'order:5', { toCustomer: 'customer:2', owner: 'cart:1' })],
  [release('h')],
  [consume('h')],
  [put('cart:1', version, { body: 'w', list: 'placed' })],
  [put('cart:1', 'present', { body: 'w', holds: ['h'], dueInMs: 7_000 })],
  [put('cart:1', 'any', { dueInMs: null })],
  [put('cart:1', 'any', { dueInMs: 8_000 })],
  [put('cart:2', 'any', { dueInMs: null })],
  [put('cart:2', 'any', { dueInMs: 8_000 })],
  [put('cart:new', 'absent', { body: 'late', list: 'placed' })],
  [drop('cart:1', version)],
  [drop('cart:2', 'any', { forget: [{ sku: 'A', quantity: 2, ...mine }] })],
];

const NAMES = /(?<=[:[,])"(A|B|h|new|other|same|sold|cart:\w+|customer:\d)"/g;

/** Returns the transaction with other names, so that many pairs of a change and a decision fit into one shop. */
function renamed(id: string, like: Transaction, pair: string): Transaction {
  const steps = JSON.parse(JSON.stringify(like.steps).replace(NAMES, `"$1.${pair}"`)) as Step[];
  return { ...like, id: `${id}.${pair}`, steps };
}

let rivals: Rivals;
beforeAll(async () => {
  rivals = await openRivals(redis);
});
afterAll(() => rivals[Symbol.asyncDispose]());

/** Creates the records of each pair, and lets both processes read them. */
async function supplied(pairs: readonly string[]): Promise<void> {
  await rivals.apply('here', ...pairs.map((pair) => renamed('supply', transaction('supply', SUPPLY), pair)));
  const named = (...names: string[]) => names.flatMap((name) => pairs.map((pair) => `${name}.${pair}`));
  const all = { skus: named('A'), holds: named('h', 'sold'), documents: named('cart:1', 'cart:2') };
  await Promise.all([rivals.stores.here.read([all]), rivals.stores.there.read([all])]);
}

/** The suite pairs each change with every second decision. `npm run test:faults` pairs it with all. */
const EACH = FULL ? 1 : 2;
const chosenFor = (change: number): number[] =>
  Array.from(decisions(0).keys()).filter((decision) => decision % EACH === change % EACH);

/** One batch has all decisions. Each is stale because of its own record, and one check finds them all. */
test.each(Object.entries(CHANGES).map(([name, change], index) => ({ name, change, index })))(
  'decides again after a change by another process: $name',
  async ({ change, index }) => {
    const chosen = chosenFor(index);
    const pairs = chosen.map((decision) => `${index}.${decision}`);
    await supplied(pairs);
    const [snapshot] = await rivals.model.read([{ documents: pairs.map((pair) => `cart:1.${pair}`) }]);
    await rivals.apply('there', ...pairs.map((pair) => renamed(change.id, change, pair)));
    const late = chosen.map((decision, place) => {
      const version = snapshot?.documents[place]?.record.version ?? 0;
      return renamed('mine', transaction('mine', decisions(version)[decision] ?? []), pairs[place] ?? '');
    });
    const { answers } = await rivals.apply('here', ...late);
    expect(answers.filter(({ status }) => status === 'failed')).toEqual([]);
    await rivals.compareNamed();
  },
);

test('compares a version that a caller has predicted with the version that the batch assigns', async () => {
  const { sequence } = await rivals.apply('here', transaction('before', [put('before', 'any', { body: '' })]));
  await rivals.apply('there', transaction('between', [put('between', 'any', { body: '' })]));
  const wrong = [put('foretold', 'any', { body: '1' }), put('foretold', sequence + 1, { body: '2' })];
  const batch = wrong.map((step, index) => transaction(`foretold-${index}`, [step]));
  const { answers } = await rivals.apply('here', ...batch);
  expect(answers.map(({ status }) => status)).toEqual(['applied', 'refused']);
  await rivals.compareNamed();
});

test('the ledger and the indexes finally equal those of the model', async () => {
  const { model } = rivals;
  const { there } = rivals.stores;
  expect(await allLedger(there, null, 5_000)).toEqual(await allLedger(model, null, 5_000));
  expect(await allHolds(there, 500)).toEqual(await allHolds(model, 500));
  for (let cursor: string | null = null; ; ) {
    const page: IndexPage = await there.checkIndexes({ cursor, limit: 500, mend: false });
    expect(page.faults).toEqual([]);
    cursor = page.next;
    if (cursor === null) break;
  }
});
