import { afterAll, beforeAll, expect, test } from 'vitest';
import { INITIAL_SETTINGS } from '../../../../src/domain/sku-settings.ts';
import { KnownRecords } from '../../../../src/store/redis/decide/known-records.ts';
import { openRedisStore } from '../../../../src/store/redis/redis-store.ts';
import type { Store } from '../../../../src/store/store.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { configure, put, receive, release, reserve, resizeBy, transaction } from '../../../support/transactions.ts';
import { startHoldingRelay } from '../holding-relay.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const open = (shop: string, url = redis.url) =>
  openRedisStore({ url, shop, durability: 'none', batchDeadlineMs: 20_000 });

test('a process that is delayed between its decision and the commit decides again', async () => {
  await using relay = await startHoldingRelay(redis.socketPath);
  const [here, there] = [await open('held-up', relay.url), await open('held-up')];
  await here.apply([transaction('s', [configure('A'), receive('A', 9), put('cart:1', 'absent', { body: 'x' })])]);
  relay.hold(1);
  const late = here.apply([
    transaction('late', [reserve('h', 'A', 9, { min: 1 }), put('cart:1', 'any', { body: 'l' })]),
  ]);
  await relay.held(1);
  await there.apply([transaction('first', [reserve('g', 'A', 7), put('cart:1', 'present', { body: 'f' })])]);
  expect((await relay.letGo()).toString('latin1')).toContain('stale');
  expect((await late).answers).toMatchObject([{ status: 'applied', granted: [2] }]);
  await Promise.all([here.close(), there.close()]);
});

const UNITS = 400;

/** Reserves one to three units at a time until none are left, with several batches in flight. */
async function buyAll(store: Store, who: string): Promise<number> {
  let bought = 0;
  const buyer = async (lane: number) => {
    for (let n = 0; ; n += 1) {
      const id = `${who}-${lane}-${n}`;
      const { answers } = await store.apply([
        transaction(id, [reserve(id, 'A', 3, { min: 1, ttlMs: 600_000 }), put(`cart:${lane}`, 'any', { body: id })]),
      ]);
      const [answer] = answers;
      if (answer?.status !== 'applied')
        return expect(answer).toMatchObject({ refusal: { reason: 'insufficient_stock' } });
      bought += answer.granted[0] ?? 0;
    }
  };
  await Promise.all([1, 2, 3].map(buyer));
  return bought;
}

test('two processes sell out one SKU without losing a unit or selling one twice', { timeout: 60_000 }, async () => {
  const [here, there] = await Promise.all([open('sold-out'), open('sold-out')]);
  await here.apply([transaction('supply', [configure('A'), receive('A', UNITS)])]);
  const sums = await Promise.all([buyAll(here, 'here'), buyAll(there, 'there')]);
  expect(sums[0] + sums[1]).toBe(UNITS);
  const [snapshot] = await here.read([{ skus: ['A'] }]);
  expect(snapshot?.stock[0]).toMatchObject({ onHand: UNITS, reserved: UNITS });
  await Promise.all([here.close(), there.close()]);
});

test('a cart that two processes change concurrently loses no change', { timeout: 60_000 }, async () => {
  const [here, there] = await Promise.all([open('one-cart'), open('one-cart')]);
  await here.apply([transaction('supply', [configure('A'), receive('A', 1_000), reserve('h', 'A', 1)])]);
  const add = (store: Store, who: string) =>
    Array.from({ length: 10 }, (_, n) => store.apply([transaction(`${who}-${n}`, [resizeBy('h', 1)])]));
  const results = await Promise.all([...add(here, 'here'), ...add(there, 'there')]);
  expect(results.filter(({ answers }) => answers[0]?.status !== 'applied')).toEqual([]);
  const [snapshot] = await there.read([{ skus: ['A'], holds: ['h'] }]);
  expect(snapshot).toMatchObject({ stock: [{ reserved: 21 }], holds: [{ quantity: 21 }] });
  const ended = await Promise.all(
    [here, there].map((store, n) => store.apply([transaction(`end-${n}`, [release('h')])])),
  );
  expect(ended.map(({ answers }) => answers[0]?.status).sort()).toEqual(['applied', 'refused']);
  await Promise.all([here.close(), there.close()]);
});

test('settling an earlier batch keeps the settings of a later record', () => {
  const known = new KnownRecords();
  const stock = (version: number, safetyStock: number) => ({
    sku: 'A',
    ...INITIAL_SETTINGS,
    safetyStock,
    onHand: 5,
    reserved: 0,
    committed: 0,
    backordered: 0,
    sold: 0,
    version,
    updatedAt: 1,
    lastMovement: null,
  });
  known.seeStock('A', { record: stock(3, 0), settingsVersion: 3 });
  known.seeStock('A', { record: stock(9, 4), settingsVersion: 9 });
  const change = { key: 'A', before: stock(3, 0), after: { ...stock(8, 0), reserved: 1 } };
  const nothing = { holds: [], documents: [], counts: [], requests: [], ledger: [], setAside: [] };
  const settled = { decidedAt: 1.5, decidedAfter: 7, at: 1, sequenceBefore: 7 };
  known.learnChanges({ ...nothing, stock: [change] }, settled);
  expect([known.stock('A')?.safetyStock, known.settingsVersion('A')]).toEqual([4, 9]);
});

test('remembers an undecodable record only for its batch', () => {
  const known = new KnownRecords(1);
  known.learn('hold', 'h', { problem: 'bad' });
  expect(() => known.hold('h')).toThrow('bad');
  known.release('hold', 'h');
  expect(known.hold('h')).toBeUndefined();
});

test('keeps records for a batch beyond the bound, until the batch ends', () => {
  const known = new KnownRecords(1);
  for (const key of ['a', 'b', 'c']) known.learn('count', `customer ${key}`, 1);
  const counted = () => ['a', 'b', 'c'].map((sku) => known.counted(`customer ${sku}`));
  expect(counted()).toEqual([1, 1, 1]);
  for (const key of ['a', 'b', 'c']) known.release('count', `customer ${key}`);
  expect(counted()).toEqual([0, 0, 1]);
});
