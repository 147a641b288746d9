import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { startCluster } from '../support/cluster-group.ts';
import type { Dice } from '../support/dice.ts';
import { startRedis } from '../support/redis-server.ts';
import { startSentinelGroup } from '../support/sentinel-group.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type HistoryResult, runHistory } from './stock-history.ts';
import { type ShopProcess, startShopProcess } from './shop-process.ts';

const HISTORIES = Number(process.env['HOLDFAST_HISTORIES'] ?? 50);
const EMBEDDED_SHARE = 5;
const GROUP_SHARE = 10;
const [OPERATIONS, CLIENTS] = [2_000, 8];
const TIMEOUT_MS = 3_600_000;

const DROPPED_EVERY = 120;
const COPIED_EVERY = 9;
const MISCHIEF_CHANCE = 0.005;
const STALL_MS_MAX = 40;
/** Longer than the deadlines of the processes. */
const OUTAGE_MS = 450;

/** Now and then resets or delays all connections of one process. Replies are lost and requests copied by number. */
function mischief(proxies: readonly TcpProxy[]): (dice: Dice) => void {
  for (const proxy of proxies) {
    proxy.dropReplyOfEvery(DROPPED_EVERY);
    proxy.copyOfEvery(COPIED_EVERY);
  }
  return (dice) => {
    if (!dice.chance(MISCHIEF_CHANCE)) return;
    const proxy = dice.pick(proxies);
    if (dice.chance(0.3)) proxy.reset();
    else if (dice.chance(0.2)) void proxy.stall(OUTAGE_MS);
    else void proxy.stall(dice.between(1, STALL_MS_MAX));
  };
}

const results: (HistoryResult & { name: string })[] = [];
const resultsOf = (name: string): readonly HistoryResult[] => results.filter((result) => result.name === name);

interface Run {
  name: string;
  processes: readonly ShopProcess[];
  count: number;
  mischief?: (dice: Dice) => void;
  /** Returns what an operator does in the middle of a history. */
  midway?: (history: number) => (() => Promise<void>) | undefined;
}

async function runAll({
  name,
  processes,
  count,
  mischief = () => undefined,
  midway = () => undefined,
}: Run): Promise<void> {
  for (let seed = 1; seed <= count; seed += 1) {
    const operator = inTheMiddle(midway(seed));
    const result = await runHistory({
      seed,
      operations: OPERATIONS,
      clients: CLIENTS,
      processes,
      mischief: (dice) => {
        mischief(dice);
        operator.beforeCall();
      },
    });
    await operator.ended();
    results.push({ name, ...result });
    expect(result.faults, `history ${seed} on ${name}`).toEqual([]);
    // A shop that answers nothing is linearizable, too.
    expect(result.nothing, `history ${seed} on ${name}`).toBeLessThan(OPERATIONS / 2);
  }
}

/** Begins to act before a call in the middle of a history. */
function inTheMiddle(act: () => Promise<void> = () => Promise.resolve()) {
  let calls = 0;
  let acting = Promise.resolve();
  return {
    beforeCall: () => {
      calls += 1;
      if (calls === OPERATIONS / 2) acting = act();
    },
    ended: () => acting,
  };
}

afterAll(() => {
  for (const name of new Set(results.map((result) => result.name))) {
    const own = resultsOf(name);
    const sum = (of: (result: HistoryResult) => number) => own.reduce((total, result) => total + of(result), 0);
    const [calls, repeated, unknown] = [sum((r) => r.operations), sum((r) => r.repeated), sum((r) => r.unknown)];
    const counts = `${repeated} unknown at first, ${unknown} for good, ${sum((r) => r.nothing)} without effect`;
    console.log(`${name}: ${own.length} histories, ${calls} calls, ${counts}`);
  }
});

test('two processes on one Redis behind faulty connections are linearizable', { timeout: TIMEOUT_MS }, async () => {
  await using redis = await startRedis();
  await using first = await startTcpProxy(redis.socketPath);
  await using second = await startTcpProxy(redis.socketPath);
  await using one = await startShopProcess('redis', first.url);
  await using two = await startShopProcess('redis', second.url);
  const count = HISTORIES - 2 * Math.floor(HISTORIES / GROUP_SHARE);
  await runAll({ name: 'redis', processes: [one, two], count, mischief: mischief([first, second]) });
  for (const { dropped, copied } of [first.counters, second.counters]) {
    expect(dropped).toBeGreaterThan(0);
    expect(copied).toBeGreaterThan(0);
  }
});

test('one process on the embedded store is linearizable', { timeout: TIMEOUT_MS }, async () => {
  await using dir = await tempDir();
  await using shop = await startShopProcess('embedded', dir.path);
  const count = Math.ceil(HISTORIES / EMBEDDED_SHARE);
  await runAll({ name: 'embedded', processes: [shop], count });
  expect(resultsOf('embedded')).toHaveLength(count);
});

const ofGroup = (): number => Math.ceil(HISTORIES / GROUP_SHARE);
/** Longer than a failover takes. */
const PAUSE_MS = 10_000;

test('two processes behind Sentinel are linearizable across a failover', { timeout: TIMEOUT_MS }, async () => {
  await using group = await startSentinelGroup();
  await using one = await startShopProcess('redis', group.url);
  await using two = await startShopProcess('redis', group.url);
  await using master = await administrate(group.master.socketPath);
  // The sentinels do not wait for the replica. Without writes it has all of them, so that nothing is lost.
  const failover = async (): Promise<void> => {
    await master.redis.call('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE');
    await group.caughtUp();
    await group.failover();
    await group.switched();
  };
  await runAll({
    name: 'sentinel',
    processes: [one, two],
    count: ofGroup(),
    midway: (history) => (history === 2 ? failover : undefined),
  });
  expect(resultsOf('sentinel')).toHaveLength(ofGroup());
});

test('two processes on a cluster are linearizable across a failover and a move', { timeout: TIMEOUT_MS }, async () => {
  await using cluster = await startCluster();
  await using one = await startShopProcess('redis', cluster.url);
  await using two = await startShopProcess('redis', cluster.url);
  const acts = [() => cluster.move('shop'), undefined, () => cluster.failOver('shop'), undefined];
  await runAll({ name: 'cluster', processes: [one, two], count: ofGroup(), midway: (history) => acts[history % 4] });
  expect(resultsOf('cluster')).toHaveLength(ofGroup());
});

async function administrate(socketPath: string): Promise<AsyncDisposable & { redis: Redis }> {
  const redis = new Redis(socketPath);
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

const HISTORIES_MAX = 5;

test.each(['stale_read', 'lost_batch', 'double_consume'])('finds a store with the fault %s', async (fault) => {
  await using dir = await tempDir();
  await using shop = await startShopProcess('embedded', dir.path, fault);
  const options = { operations: 500, clients: CLIENTS, processes: [shop] };
  const faults: string[] = [];
  for (let seed = 1; seed <= HISTORIES_MAX && faults.length === 0; seed += 1) {
    faults.push(...(await runHistory({ ...options, seed })).faults);
  }
  expect(faults[0]).toMatch(/no order/);
});
