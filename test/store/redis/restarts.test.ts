import { expect, test } from 'vitest';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { poll } from '../../support/poll.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop } from './redis-shop.ts';

/** Buys one unit after the other until `stopped`. Returns the acknowledged holds, and those of failed calls. */
async function buyUntil(store: RedisStore, stopped: () => boolean) {
  const [acknowledged, unknown]: [string[], string[]] = [[], []];
  for (let index = 0; !stopped(); index += 1) {
    const holdId = `h${index}`;
    await store.apply([transaction(`t${index}`, [reserve(holdId, 'A', 1)])]).then(
      () => acknowledged.push(holdId),
      () => unknown.push(holdId),
    );
  }
  return { acknowledged, unknown };
}

test('with fsync always, keeps acknowledged holds over kill -9 of Redis, and continues by itself', async () => {
  await using shop = await openRedisShop({ durability: 'local' }, { appendonly: 'yes', appendfsync: 'always' });
  const { store, redis } = shop;
  await applySteps(store, configure('A'), receive('A', 1_000_000));
  let stopped = false;
  const buying = buyUntil(store, () => stopped);
  for (const units of [20, 60, 100]) {
    await poll(async () => (await store.read([{ skus: ['A'] }]))[0]!.stock[0]!.reserved >= units);
    await redis.kill9();
    await redis.restart();
  }
  await poll(async () => (await store.read([{ skus: ['A'] }]))[0]!.stock[0]!.reserved >= 140);
  stopped = true;
  const { acknowledged, unknown } = await buying;
  const held = new Set((await store.listHolds({ limit: 100_000 })).map((hold) => hold.holdId));
  expect(acknowledged.filter((holdId) => !held.has(holdId))).toEqual([]);
  const [snapshot] = await store.read([{ skus: ['A'] }]);
  expect(snapshot?.stock[0]?.reserved).toBe(held.size);
  expect(held.size).toBeLessThanOrEqual(acknowledged.length + unknown.length);
});

const isOfLaterEpoch = (sequence: number): boolean => sequence > 2 ** 40;

const gone = async (store: RedisStore) => {
  const error = await store.apply([transaction('t', [configure('B')])]).catch((reason: unknown) => reason);
  expect(faultOf(error)).toBe('unavailable');
  return String(error);
};

test('does not create an empty shop after FLUSHALL under a running store', async () => {
  await using shop = await openRedisShop();
  await applySteps(shop.store, configure('A'));
  await shop.admin.flushall();
  expect(await gone(shop.store)).toMatch(/deleted or replaced/);
  await expect(shop.store.read([{ skus: ['A'] }])).rejects.toThrow(/deleted or replaced/);
  expect(await shop.admin.dbsize()).toBe(0);
  const reopened = await shop.open();
  expect(await applySteps(reopened, configure('A'))).toMatchObject({ status: 'applied', sequence: 1 });
  expect(await gone(shop.store)).toMatch(/deleted or replaced/);
});

test('does not serve after a failover to an empty server, or to one without AOF', async () => {
  await using shop = await openRedisShop({ durability: 'relaxed', batchDeadlineMs: 500 }, { appendonly: 'yes' });
  const { store, redis } = shop;
  await applySteps(store, configure('A'));
  await redis.restart({ appendonly: 'no' });
  expect(await gone(store)).toMatch(/appendonly is no/);
  await expect(store.health()).rejects.toThrow(/appendonly is no/);
  await redis.restart({ appendonly: 'yes', appenddirname: 'elsewhere' });
  // Until it connects again, it reports the previous failure.
  await poll(async () => /deleted or replaced/.test(await gone(store)));
  await redis.restart({ appenddirname: 'appendonlydir' });
  await poll(() =>
    store.health().then(
      () => true,
      () => false,
    ),
  );
  const answer = await applySteps(store, receive('A', 1));
  // Each run of the server begins an epoch.
  expect(answer).toMatchObject({ status: 'applied', sequence: expect.toSatisfy(isOfLaterEpoch) });
});

test('does not repeat a sequence or a time on a server that lost its last second', async () => {
  const clock = { now: 1_800_000_000_000 };
  await using shop = await openRedisShop({ clock: () => clock.now }, { appendonly: 'yes' });
  await applySteps(shop.store, configure('A'));
  const meta = await shop.admin.hgetall(shop.key('meta'));
  await applySteps(shop.store, receive('A', 1));
  await shop.admin.hset(shop.key('meta'), { sequence: meta['sequence'] ?? '', at: meta['at'] ?? '' });
  await shop.admin.del(shop.key('ledger'));
  clock.now -= 60_000;
  const answer = await applySteps(shop.store, receive('A', 1));
  const later = { sequence: expect.toSatisfy(isOfLaterEpoch), at: 1_800_000_000_000 };
  expect(answer).toMatchObject({ status: 'applied', ...later });
  expect(shop.store.lostSequences).toBe(1);
});

test.each([
  ['FUNCTION', 'function'],
  ['SCRIPT', 'evalsha'],
] as const)('callers do not notice %s FLUSH between and during batches', async (command, scripts) => {
  await using shop = await openRedisShop({ scripts });
  await applySteps(shop.store, configure('A'), receive('A', 1_000));
  const calls: Promise<unknown>[] = [];
  for (let index = 0; index < 50; index += 1) {
    if (index % 5 === 0) calls.push(shop.admin.call(command, 'FLUSH'));
    calls.push(applySteps(shop.store, reserve(`h${index}`, 'A', 1)), shop.store.read([{ skus: ['A'] }]));
    if (index % 10 === 0) await Promise.all(calls);
  }
  await Promise.all(calls);
  expect((await shop.store.read([{ skus: ['A'] }]))[0]).toMatchObject({ sequence: 51, stock: [{ reserved: 50 }] });
});

test('close settles calls in flight within a deadline', async () => {
  await using shop = await openRedisShop({ batchDeadlineMs: 400, readDeadlineMs: 400 });
  await shop.redis.kill9();
  const calls = [
    applySteps(shop.store, configure('A')),
    shop.store.reclaim({ limit: 1 }),
    shop.store.feed({ after: null, limit: 1 }),
  ];
  const settled = Promise.all(calls.map((call) => call.catch(faultOf)));
  const started = performance.now();
  await shop.store.close();
  expect(performance.now() - started).toBeLessThan(1_500);
  for (const fault of await settled) expect(['unavailable', 'outcome_unknown', 'closed']).toContain(fault);
});

test('close waits for calls in flight', async () => {
  await using shop = await openRedisShop();
  await applySteps(shop.store, configure('A'));
  const calls = [
    shop.store.read([{ skus: ['A'] }]),
    shop.store.listStock({ limit: 1 }),
    applySteps(shop.store, receive('A', 1)),
  ];
  await shop.store.close();
  expect(await Promise.all(calls)).toMatchObject([[{ stock: [{ sku: 'A' }] }], [{ sku: 'A' }], { status: 'applied' }]);
});
