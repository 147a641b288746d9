import { afterAll, expect, test } from 'vitest';
import type { Dice } from '../support/dice.ts';
import { startRedis } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type HistoryResult, runHistory } from './stock-history.ts';
import { type ShopProcess, startShopProcess } from './shop-process.ts';

const HISTORIES = Number(process.env['HOLDFAST_HISTORIES'] ?? 50);
const EMBEDDED_SHARE = 5;
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

async function runAll(name: string, processes: readonly ShopProcess[], count: number, faults?: (dice: Dice) => void) {
  for (let seed = 1; seed <= count; seed += 1) {
    const options = { seed, operations: OPERATIONS, clients: CLIENTS, processes };
    const result = await runHistory(faults ? { ...options, mischief: faults } : options);
    results.push({ name, ...result });
    expect(result.faults, `history ${seed} on ${name}`).toEqual([]);
  }
}

afterAll(() => {
  for (const name of new Set(results.map((result) => result.name))) {
    const own = results.filter((result) => result.name === name);
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
  await runAll('redis', [one, two], HISTORIES, mischief([first, second]));
  for (const { dropped, copied } of [first.counters, second.counters]) {
    expect(dropped).toBeGreaterThan(0);
    expect(copied).toBeGreaterThan(0);
  }
});

test('one process on the embedded store is linearizable', { timeout: TIMEOUT_MS }, async () => {
  await using dir = await tempDir();
  await using shop = await startShopProcess('embedded', dir.path);
  const count = Math.ceil(HISTORIES / EMBEDDED_SHARE);
  await runAll('embedded', [shop], count);
  expect(results.filter(({ name }) => name === 'embedded')).toHaveLength(count);
});

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
