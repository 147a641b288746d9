import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { library } from '../../../src/store/redis/scripts/lua-scripts.ts';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { StoreError } from '../../../src/store/store.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { startHoldingRelay } from './holding-relay.ts';

const open = (url: string, batchDeadlineMs: number) =>
  openRedisStore({ url, shop: 'shop', durability: 'none', batchDeadlineMs });

/** Opens the shop in another process, directly on the server. */
const openDirectly = (redis: RedisServer) => open(redis.url, 5_000);

const fault = (error: unknown) => (error instanceof StoreError ? error.fault : error);

test('rejects an old copy of a batch whose newer copy was refused, so the refusal stays valid', async () => {
  await using redis = await startRedis();
  await using relay = await startHoldingRelay(redis.socketPath);
  const other = await openDirectly(redis);
  await other.apply([transaction('supply', [configure('A')])]);
  const store = await open(relay.url, 2_000);
  relay.hold(1);
  const refused = store.apply([transaction('t', [reserve('h', 'A', 1)])]);
  await relay.held(1);
  expect((await refused).answers).toMatchObject([{ status: 'refused', refusal: { reason: 'insufficient_stock' } }]);
  await other.apply([transaction('more', [receive('A', 1)])]);
  expect((await relay.letGo()).toString()).toContain('out_of_order');
  const [snapshot] = await other.read([{ holds: ['h'], skus: ['A'], requests: ['t'] }]);
  expect(snapshot).toMatchObject({ holds: [null], requests: [null], stock: [{ reserved: 0 }] });
  await store.close();
  await other.close();
});

test('rejects a batch after its notAfter, when its caller already has outcome_unknown', async () => {
  await using redis = await startRedis();
  await using relay = await startHoldingRelay(redis.socketPath);
  const other = await openDirectly(redis);
  await other.apply([transaction('supply', [configure('A'), receive('A', 9)])]);
  const store = await open(relay.url, 300);
  relay.hold(9);
  const unknown = store.apply([transaction('t', [reserve('h', 'A', 1)])]).catch(fault);
  await relay.held(1);
  expect(await unknown).toBe('outcome_unknown');
  expect((await relay.letGo()).toString()).toContain('late');
  const [snapshot] = await other.read([{ holds: ['h'], skus: ['A'] }]);
  expect(snapshot).toMatchObject({ holds: [null], stock: [{ reserved: 0 }] });
  await Promise.all([store.close(), other.close()]);
});

test('keeps the order of two batches in flight, even if only the first finds no function', async () => {
  await using redis = await startRedis();
  await using relay = await startHoldingRelay(redis.socketPath);
  const admin = new Redis(redis.socketPath);
  const store = await open(relay.url, 5_000);
  await store.apply([transaction('supply', [configure('A'), receive('A', 9)])]);
  await admin.function('FLUSH');
  relay.holdAfter(1, 1);
  const both = [1, 2].map((index) => store.apply([transaction(`t${index}`, [reserve(`h${index}`, 'A', 1)])]));
  await relay.held(1);
  await admin.function('LOAD', library().text);
  expect((await relay.letGo()).toString()).toContain('out_of_order');
  const sequences = (await Promise.all(both)).map(({ sequence }) => sequence);
  expect(sequences).toEqual([2, 3]);
  admin.disconnect();
  await store.close();
});

test('sends batches of a lost connection again in their order', async () => {
  await using redis = await startRedis();
  await using relay = await startHoldingRelay(redis.socketPath);
  const store = await open(relay.url, 2_000);
  await store.apply([transaction('supply', [configure('A'), receive('A', 9)])]);
  relay.hold(1);
  const three = [1, 2, 3].map((index) => store.apply([transaction(`t${index}`, [reserve(`h${index}`, 'A', 1)])]));
  const sequences = (await Promise.all(three)).map(({ sequence }) => sequence);
  expect(sequences).toEqual([2, 3, 4]);
  expect((await relay.letGo()).toString()).toContain('out_of_order');
  await store.close();
});
