import { describe, expect, test } from 'vitest';
import type { ClockNotice } from '../../../src/store/time/clock-notices.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { poll } from '../../support/poll.ts';
import { DAY_MS, HOUR_MS, type ShiftedClock, shiftedClock } from '../../support/shifted-clock.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, openRedisShop, type RedisShop } from './redis-shop.ts';

/** The difference that shop time may have from the expected time on a busy machine. */
const NEAR_MS = 9_000;

interface ShiftedShop extends AsyncDisposable {
  shop: RedisShop;
  store: RedisStore;
  clock: ShiftedClock;
  notices: ClockNotice[];
}

/** Opens a shop with 10 units of A, on a server whose clock the test moves. */
async function openShifted(shiftMs = 0): Promise<ShiftedShop> {
  const clock = await shiftedClock();
  clock.shift(shiftMs);
  const notices: ClockNotice[] = [];
  const onClockNotice = (notice: ClockNotice) => void notices.push(notice);
  const shop = await openRedisShop({ durability: 'relaxed', onClockNotice }, { appendonly: 'yes' }, clock.env);
  await applySteps(shop.store, configure('A'), receive('A', 10));
  const dispose = async () => {
    await shop[Symbol.asyncDispose]();
    await clock[Symbol.asyncDispose]();
  };
  return { shop, store: shop.store, clock, notices, [Symbol.asyncDispose]: dispose };
}

const hold = (store: RedisStore, holdId: string, ttlMs = 60_000) =>
  applySteps(store, reserve(holdId, 'A', 1, { ttlMs, owner: 'detached:1' }));

const stateOf = async (store: RedisStore, holdId: string) =>
  (await store.read([{ holds: [holdId] }]))[0]?.holds[0]?.state;
const shopTime = async (store: RedisStore) => (await store.reclaim({ limit: 10 })).at;
const expectNear = (found: number, expected: number) => expect(Math.abs(found - expected)).toBeLessThan(NEAR_MS);

/** Resolves with the milliseconds until the hold ended. */
async function untilExpired(store: RedisStore, holdId: string): Promise<number> {
  const start = performance.now();
  await poll(async () => (await store.reclaim({ limit: 10 })) && (await stateOf(store, holdId)) === 'expired', {
    timeoutMs: 20_000,
  });
  return performance.now() - start;
}

describe('a step of the Redis server’s clock', () => {
  test('a day ahead and back: no hold ends, and shop time is the real time', async () => {
    await using shifted = await openShifted();
    const { store, clock, notices } = shifted;
    await hold(store, 'h');
    clock.shift(DAY_MS);
    expect((await store.read([{ skus: ['A'] }]))[0]?.behind).toEqual([]);
    expectNear((await store.read([{}]))[0]?.at ?? 0, Date.now());
    await applySteps(store, receive('A', 1));
    expect(await stateOf(store, 'h')).toBe('held');
    expectNear(store.clockStats.offsetMs, -DAY_MS);
    expect((await store.health()).details).toMatchObject({ clockOffsetMs: store.clockStats.offsetMs });
    clock.shift(0);
    expectNear(await shopTime(store), Date.now());
    expect(store.clockStats).toEqual({ offsetMs: 0, steps: 2 });
    expect(notices.map(({ level, message }) => [level, message.slice(0, 30)])).toEqual([
      ['error', 'The wall clock stepped ahead b'],
      ['error', 'The wall clock stepped back by'],
    ]);
    expect(await stateOf(store, 'h')).toBe('held');
  });

  test.each([
    ['a day ahead', DAY_MS],
    ['an hour back', -HOUR_MS],
  ])('%s to stay: a hold ends after its real duration', async (_, ms) => {
    await using shifted = await openShifted();
    const { store, clock } = shifted;
    await hold(store, 'h', 4_000);
    clock.shift(ms);
    await applySteps(store, receive('A', 1));
    expect(await stateOf(store, 'h')).toBe('held');
    const tookMs = await untilExpired(store, 'h');
    expect(tookMs).toBeGreaterThan(100);
    expectNear(await shopTime(store), Date.now());
  });

  test('several processes agree on one offset', async () => {
    await using shifted = await openShifted();
    const { shop, store, clock, notices } = shifted;
    const others = await Promise.all([shop.open(), shop.open()]);
    await Promise.all(others.map(shopTime));
    for (const ms of [HOUR_MS, -HOUR_MS, 2 * DAY_MS, 0]) {
      clock.shift(ms);
      const times = await Promise.all([store, ...others].flatMap((each) => [shopTime(each), shopTime(each)]));
      for (const time of times) expectNear(time, Date.now());
    }
    const steps = [store, ...others].reduce((sum, { clockStats }) => sum + clockStats.steps, 0);
    expect(steps).toBe(4);
    expect(notices).toHaveLength(4);
  });

  test('transactions that wait during a step are applied once, in order', async () => {
    await using shifted = await openShifted();
    const { store, clock } = shifted;
    clock.shift(DAY_MS);
    const answers = await Promise.all([1, 2, 3, 4].map((units) => applySteps(store, receive('A', units))));
    expect(answers.map((answer) => answer?.status)).toEqual(Array(4).fill('applied'));
    expect((await store.read([{ skus: ['A'] }]))[0]?.stock[0]?.onHand).toBe(20);
  });

  test('a failover to a server with another clock is absorbed like a step', async () => {
    await using shifted = await openShifted();
    const { shop, store, clock } = shifted;
    await hold(store, 'h');
    await shop.redis.stop();
    clock.shift(20 * 60_000);
    await shop.redis.restart();
    await poll(() =>
      store.reclaim({ limit: 1 }).then(
        () => true,
        () => false,
      ),
    );
    expect(await stateOf(store, 'h')).toBe('held');
    expectNear(await shopTime(store), Date.now());
  });
});

describe('a process that opens the shop', () => {
  test('logs that the clock is behind shop time, and continues from the last time', async () => {
    await using shifted = await openShifted();
    const { shop, store, clock, notices } = shifted;
    await hold(store, 'h', 4_000);
    await store.close();
    clock.shift(-HOUR_MS);
    const reopened = await shop.open();
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The wall clock is 3[56]\d\d s behind the shop/),
    ]);
    expectNear(await shopTime(reopened), Date.now());
    await untilExpired(reopened, 'h');
  });

  test('uses its own clock if that of Redis is ahead', async () => {
    await using shifted = await openShifted();
    const { shop, store, clock, notices } = shifted;
    await hold(store, 'h');
    await store.close();
    clock.shift(DAY_MS);
    const reopened = await shop.open();
    expect(notices).toMatchObject([
      { level: 'error', message: expect.stringMatching(/ahead of the clock of this process/) },
    ]);
    expect(await stateOf(reopened, 'h')).toBe('held');
    expectNear(await shopTime(reopened), Date.now());
  });

  test('continues shop time that is a day ahead, and an operator can slow it down', async () => {
    await using shifted = await openShifted();
    const { shop, store, notices } = shifted;
    await store.close();
    await shop.admin.hset(shop.key('meta'), 'at', String(Date.now() + DAY_MS));
    const reopened = await shop.open();
    await hold(reopened, 'h', 2_000);
    await untilExpired(reopened, 'h');
    expectNear(await shopTime(reopened), Date.now() + DAY_MS);
    expect(await reopened.acceptClock()).toMatchObject({ slewing: true });
    const before = await reopened.clock();
    const after = await poll(async () => {
      const reading = await reopened.clock();
      return reading.wallAt - before.wallAt > 1_000 && reading;
    });
    expect(before.offsetMs - after.offsetMs).toBeGreaterThanOrEqual(100);
    expect(after.at).toBeGreaterThan(before.at);
    expect(await shopTime(reopened)).toBeGreaterThanOrEqual(after.at);
    expect(notices.map(({ level }) => level)).toEqual(['error', 'warn']);
  });
});

test('accepting the clock moves shop time ahead at once, and keeps idempotency keys', async () => {
  await using shifted = await openShifted();
  const { shop, store, clock } = shifted;
  const other = await shop.open();
  await hold(store, 'h');
  const paid = transaction('paid', [receive('A', 5)]);
  await store.apply([paid]);
  clock.shift(3 * DAY_MS);
  expectNear(await shopTime(store), Date.now());
  await shopTime(other);
  expect(await store.acceptClock()).toMatchObject({ offsetMs: 0, slewing: false });
  expectNear(await shopTime(other), Date.now() + 3 * DAY_MS);
  expectNear(await shopTime(store), Date.now() + 3 * DAY_MS);
  expect(await stateOf(store, 'h')).toBe('expired');
  const [answer] = (await store.apply([paid])).answers;
  expect(answer).toMatchObject({ status: 'replayed' });
  expect([store, other].map(({ clockStats }) => clockStats.offsetMs)).toEqual([0, 0]);
});

test('a process follows the last time of the shop even if it has not seen the change', async () => {
  await using shifted = await openShifted();
  const { shop, store, clock } = shifted;
  const other = await shop.open();
  clock.shift(3 * DAY_MS);
  await shopTime(store);
  await store.acceptClock();
  await shopTime(store);
  clock.shift(0);
  const first = await shopTime(other);
  expectNear(first, Date.now() + 3 * DAY_MS);
  expect(other.clockStats.steps).toBe(1);
  expectNear(other.clockStats.offsetMs, 3 * DAY_MS);
  const next = await poll(async () => {
    const at = await shopTime(store);
    return at > first + 50 && at;
  });
  expectNear(next, Date.now() + 3 * DAY_MS);
});
