import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Durability } from '../../../src/store/redis/link/requirements.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import type { RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import { keepLog } from '../../support/older-log.ts';
import { poll } from '../../support/poll.ts';
import { startRedis } from '../../support/redis-server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { configure, receive, reserve, START, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop } from './redis-shop.ts';
import { startSwitchingRelay } from './switching-relay.ts';

const AOF = { appendonly: 'yes', appendfsync: 'always' } as const;
const UNITS = 100;
/** No hold ends during a test, even on a busy machine. */
const HOUR_MS = 3_600_000;

/** Opens a shop that collects its errors for operators. */
async function openShop(durability: Durability, options: Partial<RedisStoreOptions> = {}) {
  const errors: string[] = [];
  const error = (line: string): void => {
    errors.push(line);
  };
  const shop = await openRedisShop({ durability, error, ...options }, AOF);
  await applySteps(shop.store, configure('A'), receive('A', UNITS));
  return Object.assign(shop, { errors });
}

/** Reserves one unit `count` times. Returns how many were acknowledged, and the faults of the others. */
async function buy(store: RedisStore, name: string, count: number) {
  const faults = new Set<unknown>();
  let acknowledged = 0;
  for (let index = 0; index < count; index += 1) {
    await store
      .apply([transaction(`${name}-${index}`, [reserve(`${name}-${index}`, 'A', 1, { ttlMs: HOUR_MS })])])
      .then(
        ({ answers }) => {
          if (answers[0]?.status === 'applied') acknowledged += 1;
        },
        (reason: unknown) => faults.add(faultOf(reason)),
      );
  }
  return { acknowledged, faults: [...faults] };
}

const isFrozen = async (store: RedisStore): Promise<boolean> =>
  store.health().then(
    ({ problems }) => problems.length > 0,
    () => false,
  );

test('an older log of Redis freezes a running shop until an operator accepts the loss', async () => {
  await using shop = await openShop('local');
  const { store, errors } = shop;
  expect((await buy(store, 'first', 20)).acknowledged).toBe(20);
  const restore = await keepLog(shop.redis);
  await poll(async () => (await buy(store, 'back', 1)).acknowledged === 1);
  expect((await buy(store, 'second', 59)).acknowledged).toBe(59);
  const { sequence } = await store.health();
  await restore();
  await poll(() => isFrozen(store));
  expect(await buy(store, 'third', 80)).toEqual({ acknowledged: 0, faults: ['regressed'] });
  await expect(store.read([{ skus: ['A'] }])).rejects.toMatchObject({ fault: 'regressed' });
  await expect(store.listStock({ limit: 1 })).rejects.toMatchObject({ fault: 'regressed' });
  await expect(store.probe()).rejects.toMatchObject({ fault: 'regressed' });
  expect(store.lostSequences).toBe(60);
  expect(errors).toEqual([expect.stringMatching(/lost.* 60 acknowledged writes.*recover --accept 21 --of-shop \S+$/)]);
  expect(errors[0]).toContain(` to ${sequence}, from 20`);
  expect((await store.health()).problems).toEqual(errors);

  expect(await store.acceptLoss(22)).toEqual({ accepted: null, acceptable: 21 });
  expect(await isFrozen(store)).toBe(true);
  expect(await store.acceptLoss(21)).toMatchObject({ accepted: { kept: 21, last: sequence, count: 60 } });
  expect(await store.acceptLoss(21)).toMatchObject({ accepted: { kept: 21, last: sequence, count: 60 } });
  expect(await buy(store, 'fourth', UNITS)).toEqual({ acknowledged: UNITS - 20, faults: [] });
  const after = await store.health();
  expect(after.sequence).toBeGreaterThan(sequence);
  expect(await store.acceptLoss(99)).toEqual({ accepted: null, acceptable: null });
  expect(errors).toHaveLength(1);
});

/** Resolves when a reservation succeeds again. */
const whenBack = (store: RedisStore, name: string) => poll(async () => (await buy(store, name, 1)).acknowledged === 1);

test('a process that starts after the loss finds it by its mark file, and serves once the loss is accepted', async () => {
  await using dir = await tempDir();
  const markFile = { path: join(dir.path, 'marks', 'shop.mark'), isBinding: false };
  await using shop = await openShop('local', { markFile });
  const restore = await keepLog(shop.redis);
  await whenBack(shop.store, 'lost');
  await shop.store.close();
  await restore();
  const fresh = await shop.open();
  expect(await buy(fresh, 'fresh', 1)).toEqual({ acknowledged: 0, faults: ['regressed'] });
  expect((await fresh.health()).problems).toEqual([expect.stringMatching(/lost/)]);
  expect(fresh.lostSequences).toBe(1);
  expect(await fresh.acceptLoss(1)).toMatchObject({ accepted: { kept: 1, count: 1 } });
  expect((await buy(fresh, 'fresh', 1)).acknowledged).toBe(1);
  await fresh.close();
  const next = await shop.open();
  expect(await buy(next, 'next', 1)).toEqual({ acknowledged: 1, faults: [] });
});

test('connections that open during writes of others do not report a false loss', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  await using shop = await openShop('local', { markFile: { path: join(dir.path, 'shop.mark'), isBinding: true } });
  const others = await Promise.all([shop.open(), shop.open()]);
  const over = new AbortController();
  const buying = [shop.store, ...others].map(async (store, buyer) => {
    for (let round = 0; !over.signal.aborted; round += 1) await buy(store, `buyer-${buyer}-${round}`, 1);
  });
  try {
    for (let cut = 0; cut < 8; cut += 1) {
      await shop.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const latest = await shop.open();
      expect((await latest.health()).problems).toEqual([]);
      await latest.close();
    }
  } finally {
    // A closed store refuses at once. A loop that continued would not let anything else run.
    over.abort();
    await Promise.all(buying);
  }
  expect(shop.errors).toEqual([]);
  expect([shop.store, ...others].map(({ lostSequences }) => lostSequences)).toEqual([0, 0, 0]);
});

test('a frozen shop continues by itself once the lost writes are back', async () => {
  await using shop = await openShop('local');
  const { store } = shop;
  const older = await keepLog(shop.redis, 'older');
  await whenBack(store, 'lost');
  const newer = await keepLog(shop.redis, 'newer');
  await older();
  await poll(() => isFrozen(store));
  await newer();
  await poll(async () => !(await isFrozen(store)));
  await whenBack(store, 'next');
  expect((await store.read([{ skus: ['A'] }]))[0]?.stock[0]?.reserved).toBe(2);
});

test('a process without a loss is frozen with the others, and all continue together', async () => {
  await using shop = await openShop('local');
  const other = await shop.open();
  await applySteps(other, receive('A', 1));
  const restore = await keepLog(shop.redis);
  await whenBack(shop.store, 'lost');
  await restore();
  await poll(async () => (await isFrozen(shop.store)) && (await isFrozen(other)));
  expect(await buy(other, 'other', 1)).toEqual({ acknowledged: 0, faults: ['regressed'] });
  expect(await other.acceptLoss(2)).toMatchObject({ accepted: { kept: 2 } });
  expect((await buy(other, 'other', 1)).acknowledged).toBe(1);
  await poll(async () => !(await isFrozen(shop.store)));
  expect((await buy(shop.store, 'first', 1)).acknowledged).toBe(1);
});

test('finds a loss even if another process has since written more than was lost', async () => {
  await using other = await openRedisShop({ durability: 'local' }, AOF);
  await using relay = await startSwitchingRelay(other.redis.socketPath);
  const errors: string[] = [];
  const store = await other.open({ url: relay.url, error: (line) => errors.push(line) });
  await applySteps(store, configure('A'), receive('A', UNITS));
  const restore = await keepLog(other.redis);
  await whenBack(store, 'lost');
  await buy(store, 'more', 9);
  relay.switchTo('/nowhere');
  await restore();
  await other.store.close();
  const ignorant = await other.open();
  expect((await buy(ignorant, 'ignorant', 30)).acknowledged).toBe(30);
  relay.switchTo(other.redis.socketPath);
  await poll(() => isFrozen(store));
  expect(store.lostSequences).toBe(10);
  expect(errors).toEqual([expect.stringMatching(/ 10 acknowledged writes, .* --accept 1 --of-shop \S+$/)]);
  await poll(async () => (await buy(ignorant, 'late', 1)).faults[0] === 'regressed');
});

test('a lagging replica that is promoted behind the same address freezes the shop, until the rest is replayed', async () => {
  const port = await freePort();
  await using shop = await openRedisShop(
    { durability: 'local' },
    { ...AOF, port: String(port), bind: '127.0.0.1', 'repl-diskless-sync-delay': '0' },
  );
  await using replica = await startRedis(AOF);
  await using relay = await startSwitchingRelay(shop.redis.socketPath);
  const admin = new Redis(replica.socketPath);
  await admin.replicaof('127.0.0.1', port);
  const store = await shop.open({ url: relay.url });
  await applySteps(store, configure('A'), receive('A', UNITS));
  await buy(store, 'copied', 20);
  const { sequence } = await store.health();
  await poll(async () => (await admin.hget(shop.key('meta'), 'sequence')) === String(sequence), { timeoutMs: 20_000 });
  await admin.replicaof('NO', 'ONE');
  admin.disconnect();
  expect((await buy(store, 'lost', 60)).acknowledged).toBe(60);
  await shop.redis.kill9();
  relay.switchTo(replica.socketPath);
  await poll(() => isFrozen(store));
  expect(await buy(store, 'after', 80)).toEqual({ acknowledged: 0, faults: ['regressed'] });
  const result = await store.replayLoss(sequence, (_key, body) => body);
  if (!('replayed' in result)) throw new Error('nothing was lost');
  const { loss, outcomes, unknown } = result.replayed;
  expect(loss).toMatchObject({ kept: sequence, count: 60 });
  expect(outcomes.filter(({ outcome }) => outcome.status === 'restored')).toHaveLength(60);
  expect(unknown).toEqual([]);
  expect((await buy(store, 'rest', UNITS)).acknowledged).toBe(UNITS - 80);
});

test.each([
  { lostMs: 900, goesOn: true },
  { lostMs: 1_500, goesOn: false },
])(
  'with DURABILITY=relaxed and $lostMs ms of lost writes, continues by itself: $goesOn',
  async ({ lostMs, goesOn }) => {
    const clock = { now: START };
    await using shop = await openShop('relaxed', { clock: () => clock.now });
    const { store, errors } = shop;
    const restore = await keepLog(shop.redis);
    clock.now += 60_000;
    await whenBack(store, 'lost');
    clock.now += lostMs;
    await buy(store, 'last', 1);
    await restore();
    if (goesOn) await whenBack(store, 'next');
    else await poll(() => isFrozen(store));
    expect(store.lostSequences).toBe(2);
    expect(errors).toEqual([
      expect.stringMatching(
        goesOn ? /2 acknowledged writes.*DURABILITY=relaxed permits/ : /recover --accept 1 --of-shop \S+$/,
      ),
    ]);
    const { at, sequence, details } = await store.health();
    expect(at).toBeGreaterThanOrEqual(clock.now);
    if (goesOn) expect([sequence > 2 ** 40, details['epoch']]).toEqual([true, Math.floor(sequence / 2 ** 11)]);
  },
);

test('with DURABILITY=none, continues after any loss and reports it', async () => {
  await using shop = await openShop('none');
  const restore = await keepLog(shop.redis);
  await whenBack(shop.store, 'lost');
  await restore();
  await whenBack(shop.store, 'next');
  expect(shop.errors).toEqual([expect.stringMatching(/DURABILITY=none permits/)]);
  expect(shop.store.lostSequences).toBe(1);
});

test('reports a shop that differs from the mark file; freezes it if MARK_FILE is set', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'shop.mark');
  await using shop = await openShop('local', { markFile: { path, isBinding: false } });
  await shop.store.close();
  await shop.admin.flushall();
  const byDefault = await shop.open();
  expect(shop.errors).toEqual([expect.stringMatching(/has a new shop shop, and the former one.*MARK_FILE is not set/)]);
  await applySteps(byDefault, configure('A'), receive('A', 1));
  await byDefault.close();
  await shop.admin.flushall();
  const bound = await shop.open({ markFile: { path, isBinding: true } });
  expect(await buy(bound, 'bound', 1)).toEqual({ acknowledged: 0, faults: ['regressed'] });
  expect(await bound.acceptLoss(0)).toMatchObject({ accepted: { kept: 0, count: 1 } });
  expect(await applySteps(bound, configure('A'))).toMatchObject({ status: 'applied' });
  const second = await shop.open({ markFile: { path: join(dir.path, 'other.mark'), isBinding: true } });
  expect((await second.health()).problems).toEqual([]);
});

test('warns once of a mark file that cannot be written, and serves', async () => {
  await using dir = await tempDir();
  const warnings: string[] = [];
  const markFile = { path: dir.path, isBinding: true };
  await using shop = await openShop('local', { markFile, warn: (line) => warnings.push(line) });
  await shop.store.close();
  expect(warnings.filter((line) => line.includes('mark file'))).toEqual([expect.stringContaining(dir.path)]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
