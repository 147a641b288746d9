import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { allMovements, expectSound } from '../support/books.ts';
import { embeddedEngine, redisEngine } from '../support/engines.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { holdMany, supplyMany } from '../support/many-holds.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { audited, no, OPERATOR, shopper, yes } from '../support/shop.ts';
import { consume, START, transaction } from '../support/transactions.ts';

const [ann, bob, cat] = [shopper('ann'), shopper('bob'), shopper('cat')];
const OTHER_SKUS = 100;
const OTHER_HOLDS = 50_000;
const OF_ONE_SKU = 50_000;
const HOUR_MS = 3_600_000;
const ROUNDS = 10;

describe.each([embeddedEngine, redisEngine])('100,000 holds overdue and no reclaimer, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('none blocks a buyer, and none is consumed', { timeout: 240_000 }, async () => {
    const clock = { now: START };
    await using opened = await engine.open(clock);
    const { store } = opened;
    const others = Object.fromEntries(Array.from({ length: OTHER_SKUS }, (_, index) => [`other-${index}`, 1_000]));
    await supplyMany(store, { last: 1, crowded: OF_ONE_SKU, ...others });
    await using shop = closing(createHoldfast({ store }));
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'last', quantity: 1 }, ann()));
    const ttlMs = shop.holdfast.settings.holdTtlMs;
    await holdMany(store, { name: 'other', count: OTHER_HOLDS, sku: (index) => `other-${index % OTHER_SKUS}`, ttlMs });
    await holdMany(store, { name: 'one', count: OF_ONE_SKU, sku: () => 'crowded', ttlMs });
    clock.now += HOUR_MS;

    expect(no(await checkout.place({}, ann('pay'))).reason).toBe('hold_expired');
    const { answers } = await store.apply([transaction('late', [consume(`hld_one_${OF_ONE_SKU - 1}`)])]);
    expect(answers).toMatchObject([{ refusal: { reason: 'hold_not_active', meta: { state: 'expired' } } }]);

    const start = performance.now();
    yes(await carts.add({ sku: 'last', quantity: 1 }, bob()));
    expect(performance.now() - start).toBeLessThan(500);
    yes(await checkout.place({}, bob('pay')));
    expect(no(await carts.add({ sku: 'last', quantity: 1 }, ann())).reason).toBe('insufficient_stock');
    expect(no(await carts.setQuantity({ sku: 'last', quantity: 1 }, ann())).reason).toBe('insufficient_stock');

    for (let round = 0; round < OF_ONE_SKU / 10_000; round += 1) {
      yes(await carts.add({ sku: 'crowded', quantity: 10_000 }, shopper(`wholesaler-${round}`)()));
    }
    expect(no(await carts.add({ sku: 'crowded', quantity: 1 }, cat())).reason).toBe('insufficient_stock');
    yes(await carts.add({ sku: 'other-7', quantity: 1_000 }, cat()));
    expect(shop.holdfast.stats().holdsReclaimed).toBeLessThan(OF_ONE_SKU + OTHER_HOLDS);
    const { ok, violations } = await audited(shop.holdfast);
    expect({ ok, violations }).toEqual({ ok: true, violations: [] });
  });
});

const closing = (holdfast: Holdfast) => ({ holdfast, [Symbol.asyncDispose]: () => holdfast.close() });

/** Milliseconds from the deadline of a hold to its end, by a server that did not create it. */
async function lagMs(reserver: Holdfast, caller: HttpCaller, round: string): Promise<number> {
  const hold = yes(
    await reserver.inventory.reserve({ sku: 'tea', quantity: 1, reference: round, ttlMs: 300 }, OPERATOR),
  );
  const expired = async () => {
    const { movements } = must(await caller.asOperator().query('stock.history', { sku: 'tea', limit: 5 }));
    return movements.find(({ holdId, kind }) => holdId === hold.holdId && kind === 'expired');
  };
  return (await poll(expired)).at - hold.expiresAt;
}

test('a server ends a hold that it has never seen: notified at once, else by its sweep', {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  await using server = await startServerProcess({ REDIS_URL: redis.url });
  const caller = new HttpCaller(server.url);
  const store = await openRedisStore({ url: redis.url, shop: 'main', durability: 'relaxed' });
  const reserver = createHoldfast({ store });
  await supplyMany(store, { tea: 10 });
  const rounds = async (name: string): Promise<number[]> => {
    const lags: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) lags.push(await lagMs(reserver, caller, `${name}-${round}`));
    return lags.sort((a, b) => a - b);
  };
  const notified = await rounds('notified');
  const admin = new Redis(redis.socketPath);
  await admin.config('SET', 'notify-keyspace-events', '');
  const swept = await rounds('swept');
  admin.disconnect();
  await reserver.close();
  await store.close();
  caller.close();
  console.log(`ended after its deadline: notified ${notified.join(', ')} ms, swept ${swept.join(', ')} ms`);
  // One may be late on a busy machine. Without notifications half of them wait longer.
  expect(notified.at(-2)).toBeLessThan(250);
  expect(swept.at(-1)).toBeLessThan(1_250);
});

test('two servers that sweep at the same time end each hold once', { timeout: 60_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const store = await openRedisStore({ url: redis.url, shop: 'main', durability: 'relaxed' });
  const holds = 10_000;
  await supplyMany(store, { tea: holds, mug: holds });
  await holdMany(store, { name: 'due', count: holds, sku: (index) => (index % 2 ? 'tea' : 'mug'), ttlMs: 1_000 });
  await using first = await startServerProcess({ REDIS_URL: redis.url });
  await using second = await startServerProcess({ REDIS_URL: redis.url });
  const callers = [first, second].map(({ url }) => new HttpCaller(url));
  const reserved = async () => (await store.listStock({ limit: 2 })).reduce((sum, level) => sum + level.reserved, 0);
  await poll(async () => (await reserved()) === 0, { timeoutMs: 20_000 });
  for (const sku of ['tea', 'mug']) {
    const kinds = await allMovements(callers[0]!, sku);
    expect(kinds.filter((kind) => kind === 'expired')).toHaveLength(holds / 2);
  }
  await expectSound(callers[1]!);
  for (const caller of callers) caller.close();
  await store.close();
});
