import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { OPERATOR } from '../../../src/contract/calls/access-key.ts';
import { createHoldfast } from '../../../src/index.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { startHoldingRelay } from './holding-relay.ts';
import { applySteps, openRedisShop, type RedisShop } from './redis-shop.ts';

const skus = (count: number): string[] => Array.from({ length: count }, (_, index) => `sku-${index}`);

async function supply({ store }: RedisShop, names: readonly string[], units = 9): Promise<void> {
  const made = await applySteps(store, ...names.flatMap((sku) => [configure(sku), receive(sku, units)]));
  expect(made).toMatchObject({ status: 'applied' });
}

/** Counts the calls of functions. The commit of a batch is one call. */
const functionCalls = async (admin: Redis): Promise<number> =>
  Number(/cmdstat_fcall:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);

test('decides a call for an unknown SKU once', async () => {
  await using shop = await openRedisShop();
  await supply(shop, ['A']);
  const store = await shop.open();
  const holdfast = createHoldfast({ store });
  const before = await functionCalls(shop.admin);
  const input = { sku: 'A', quantity: 1, reference: 'r1' };
  expect(await holdfast.inventory.reserve(input, { caller: OPERATOR })).toMatchObject({ ok: true });
  expect((await functionCalls(shop.admin)) - before).toBe(1);
  await holdfast.close();
});

test('a batch waits for its prefetched SKUs, and later batches keep their order', async () => {
  await using shop = await openRedisShop();
  const names = skus(600);
  await supply(shop, names);
  const store = await shop.open();
  const before = await functionCalls(shop.admin);
  const order: string[] = [];
  const apply = async (id: string, sku: string) => {
    const { answers } = await store.apply([transaction(id, [reserve(`hold-${id}`, sku, 1)])]);
    order.push(`${id} ${answers[0]?.status}`);
  };
  await apply('known', 'sku-0');
  store.foresee(names.map((sku) => ({ sku })));
  await Promise.all([apply('unknown', 'sku-599'), apply('next', 'sku-0')]);
  expect(order).toEqual(['known applied', 'unknown applied', 'next applied']);
  const all = names.map((sku) => reserve(`again-${sku}`, sku, 1));
  expect((await store.apply([transaction('all', all)])).answers).toMatchObject([{ status: 'applied' }]);
  // Two calls for the SKU that was not prefetched, and one for each other batch.
  expect((await functionCalls(shop.admin)) - before).toBe(5);
});

test('prefetches the SKU of a known hold', async () => {
  await using shop = await openRedisShop();
  await supply(shop, ['A']);
  await applySteps(shop.store, reserve('hold-1', 'A', 2));
  const store = await shop.open();
  await store.read([{ holds: ['hold-1'] }]);
  const before = await functionCalls(shop.admin);
  const release = { kind: 'release', holdId: 'hold-1' } as const;
  store.foresee([release]);
  expect(await applySteps(store, release)).toMatchObject({ status: 'applied' });
  expect((await functionCalls(shop.admin)) - before).toBe(1);
});

test('does not sell units that another process has sold since the prefetch', async () => {
  await using shop = await openRedisShop();
  await supply(shop, ['A', 'B'], 1);
  const store = await shop.open();
  store.foresee([{ sku: 'A' }]);
  // Batches use the same connection, so the prefetch is answered before this batch.
  await applySteps(store, receive('B', 1));
  await applySteps(shop.store, reserve('hold-1', 'A', 1));
  const refused = await applySteps(store, reserve('hold-2', 'A', 1));
  expect(refused).toMatchObject({ status: 'refused', refusal: { reason: 'insufficient_stock' } });
});

test.each([
  ['does not exist', null, { status: 'refused', refusal: { reason: 'unknown_sku' } }],
  ['cannot be decoded', 'garbage', { status: 'failed', error: 'undecodable_record' }],
])('a SKU that %s is answered as without a prefetch', async (_, bytes, answer) => {
  await using shop = await openRedisShop();
  if (bytes !== null) await shop.admin.hset(shop.key('stock'), 'A', bytes);
  for (let time = 1; time <= 2; time += 1) {
    shop.store.foresee([{ sku: 'A' }]);
    expect(await applySteps(shop.store, reserve('hold-1', 'A', 1))).toMatchObject(answer);
  }
});

test('prefetches each SKU once, at most 4,096 and 256 per command, without those that are configured', async () => {
  await using shop = await openRedisShop();
  const names = skus(5_000);
  const monitor = await shop.admin.monitor();
  const reads: string[][] = [];
  monitor.on('monitor', (_time: string, [command, key, ...fields]: string[], source: string) => {
    if (command?.toUpperCase() === 'HMGET' && key === shop.key('stock') && source !== 'lua') reads.push(fields);
  });
  shop.store.foresee([configure('new'), receive('new', 1)]);
  shop.store.foresee(names.map((sku) => ({ sku })));
  shop.store.foresee(names.map((sku) => ({ sku })));
  await applySteps(shop.store, reserve('hold-1', 'sku-0', 1));
  const seen = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [command]: string[]) => command === 'echo' && resolve());
  });
  await shop.admin.echo('end');
  await seen;
  monitor.disconnect();
  expect(Math.max(...reads.map((fields) => fields.length))).toBe(256);
  expect(reads.flat()).toEqual(names.slice(0, 4_096));
});

test('replaces a connection that does not answer a prefetch, and applies the waiting batch', async () => {
  await using shop = await openRedisShop();
  await supply(shop, ['A']);
  await using relay = await startHoldingRelay(shop.redis.socketPath, 'HMGET');
  const store = await shop.open({ url: relay.url });
  relay.hold(1);
  store.foresee([{ sku: 'A' }]);
  const answer = applySteps(store, reserve('hold-1', 'A', 1));
  await relay.held(1);
  expect(await answer).toMatchObject({ status: 'applied' });
}, 30_000);
