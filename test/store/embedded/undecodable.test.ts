import { expect, test } from 'vitest';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-engine.ts';
import { openRows } from '../../../src/store/embedded/files/environment.ts';
import { configure, consume, put, receive, release, reserve, START, transaction } from '../../support/transactions.ts';
import { openShop, type Shop, spoil, statuses } from './shops.ts';

const TTL_MS = 1_000;

/** Opens a shop with SKUs A and B, holds a1 and a2 of A and b1 of B, a cart and a placed order. */
async function stocked(): Promise<Shop> {
  const shop = await openShop();
  await shop.store.apply([
    transaction('supply', [configure('A'), receive('A', 10), configure('B'), receive('B', 10)]),
    transaction('holds', [
      reserve('a1', 'A', 1, { ttlMs: TTL_MS }),
      reserve('a2', 'A', 2, { ttlMs: TTL_MS }),
      reserve('b1', 'B', 3, { ttlMs: TTL_MS }),
    ]),
    transaction('cart', [put('cart:1', 'absent', { body: 'cart', holds: ['a1', 'b1'], dueInMs: TTL_MS })]),
    transaction('order', [put('order:1', 'absent', { body: 'order', list: 'placed', dueInMs: TTL_MS })]),
  ]);
  return shop;
}

const apply = async (store: EmbeddedStore, id: string, ...steps: Parameters<typeof transaction>[1]) =>
  (await store.apply([transaction(id, steps)])).answers[0];

test('fails only the transactions of a batch that need an undecodable record', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => spoil(root, 'stock', 'A'));
  const { answers } = await store.apply([
    transaction('t1', [reserve('b2', 'B', 1)]),
    transaction('t2', [reserve('b3', 'B', 1), reserve('a3', 'A', 1)]),
    transaction('t3', [reserve('b4', 'B', 1)]),
  ]);
  expect(statuses(answers)).toEqual(['applied', 'failed', 'applied']);
  expect(answers[1]).toMatchObject({ error: 'undecodable_record', detail: 'stock:A' });
  const [snapshot] = await store.read([{ holds: ['b2', 'b3', 'b4'], requests: ['t2'] }]);
  expect(snapshot?.holds.map((hold) => hold?.holdId)).toEqual(['b2', undefined, 'b4']);
  expect(snapshot?.requests).toEqual([null]);
});

test.each([
  ['holds', 'a1', 'hold:a1', release('a1')],
  ['documents', 'cart:1', 'document:cart:1', put('cart:1', 'any', { body: 'new' })],
])('a transaction that needs an undecodable record of %s fails with its name', async (database, key, detail, step) => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => spoil(root, database, key));
  expect(await apply(store, 'x', step)).toMatchObject({ status: 'failed', error: 'undecodable_record', detail });
});

test('neither replays nor applies a transaction with an undecodable request record', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => spoil(root, 'requests-short0', 'holds'));
  const again = await apply(store, 'holds', reserve('a9', 'A', 1));
  expect(again).toMatchObject({ status: 'failed', detail: 'request:holds' });
});

test('a read returns null and the name of an undecodable record, a list omits it, a scan reports the problem', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => {
    spoil(root, 'stock', 'A');
    spoil(root, 'holds', 'a1');
    spoil(root, 'documents', 'order:1');
  });
  const [snapshot] = await store.read([{ skus: ['A', 'B'], holds: ['a1'], documents: ['cart:1', 'order:1'] }]);
  expect(snapshot).toMatchObject({
    stock: [null, { sku: 'B' }],
    holds: [null],
    documents: [{ holds: [null, { holdId: 'b1' }] }, null],
  });
  expect(snapshot?.undecodable.toSorted()).toEqual(['document:order:1', 'hold:a1', 'stock:A']);
  expect((await store.listStock({ limit: 1 })).map(({ sku }) => sku)).toEqual(['B']);
  expect((await store.listHolds({ limit: 2 })).map(({ holdId }) => holdId)).toEqual(['a2', 'b1']);
  expect(await store.listDocuments({ list: 'placed', limit: 5 })).toEqual([]);
  const problems = [];
  for (const kind of ['stock', 'holds', 'documents'] as const) {
    problems.push(...(await store.scan({ kind, cursor: null, limit: 50 })).undecodable);
  }
  expect(problems.map(({ record }) => record)).toEqual(['stock:A', 'hold:a1', 'document:order:1']);
  expect(problems[0]?.problem).toContain('is not a row');
});

test('a reclaim sets undecodable records aside, ends the others, and is not due again', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => {
    spoil(root, 'holds', 'a1');
    spoil(root, 'documents', 'cart:1');
  });
  shop.now = START + TTL_MS;
  const first = await store.reclaim({ limit: 100 });
  expect(first).toMatchObject({ ended: 2, more: false, dueDocuments: [{ key: 'order:1' }], nextDueAt: shop.now });
  await apply(store, 'done', put('order:1', 'present', { dueInMs: null }));
  const second = await store.reclaim({ limit: 100 });
  expect(second).toMatchObject({ ended: 0, more: false, dueDocuments: [], nextDueAt: null });
  expect((await store.scan({ kind: 'holds', cursor: null, limit: 5 })).undecodable).toMatchObject([
    { record: 'hold:a1' },
  ]);
});

test('holds of an undecodable SKU do not prevent a reclaim of others', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => spoil(root, 'stock', 'A'));
  shop.now = START + TTL_MS;
  expect(await store.reclaim({ limit: 100 })).toMatchObject({ ended: 1, more: false });
  expect(await apply(store, 'b', reserve('b9', 'B', 10))).toMatchObject({ status: 'applied' });
});

test('a history ends with an error at an undecodable entry, and the feed skips it', async () => {
  const warnings: string[] = [];
  await using shop = await openShop({ warn: (line) => warnings.push(line) });
  await shop.store.apply([
    transaction('a', [configure('A'), receive('A', 5)]),
    transaction('b', [reserve('h', 'A', 1)]),
    transaction('c', [consume('h')]),
  ]);
  const store = await shop.reopen((root) => spoil(root, 'ledger', [2, 0]));
  await expect(store.history('A', { limit: 5 })).rejects.toMatchObject({ fault: 'undecodable' });
  expect(await store.history('A', { limit: 1 })).toMatchObject([{ id: '3-0' }]);
  expect((await store.feed({ after: null, limit: 1 })).map(({ id }) => id)).toEqual(['1-0']);
  expect((await store.feed({ after: '1-0', limit: 1 })).map(({ id }) => id)).toEqual(['3-0']);
  expect(warnings).toEqual([expect.stringContaining('a new one begins'), expect.stringContaining('movement:2-0')]);
});

test('a record with columns of a wrong type is undecodable', async () => {
  await using shop = await stocked();
  const store = await shop.reopen((root) => {
    const holds = openRows<string>(root, 'holds');
    root.transactionSync(() => holds.put('a1', Array<null>(10).fill(null)));
  });
  const [snapshot] = await store.read([{ holds: ['a1', 'a2'] }]);
  expect(snapshot).toMatchObject({ holds: [null, { holdId: 'a2' }], undecodable: ['hold:a1'] });
});
