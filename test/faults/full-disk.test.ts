import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectBalance, expectOrders, expectSound, stockUp } from '../support/books.ts';
import { Dice } from '../support/dice.ts';
import { must } from '../support/http-caller.ts';
import { expectLedger } from '../support/ledger-book.ts';
import { poll } from '../support/poll.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { FULL } from '../support/scale.ts';
import { replayable } from '../support/seed.ts';
import type { ShopBase } from '../support/shop-bases.ts';
import { ShopServers } from '../support/shop-servers.ts';
import { Traffic } from '../support/shop-traffic.ts';
import { tempDir } from '../support/temp-dir.ts';
import { compileDiskShim } from './disk-shim.ts';

const ROUNDS = FULL ? 20 : 1;
const STOCK = { 'hot-1': 150, 'calm-1': 90_000, 'calm-2': 90_000 };
const SLOW = { timeoutMs: 30_000 };
const { seed } = replayable();

const shim = compileDiskShim();
afterAll(() => shim[Symbol.dispose]());

interface Disk {
  base: ShopBase;
  fill: () => void;
  /** Makes room, and starts what the full disk has ended. */
  free: () => Promise<unknown>;
  /** What operators find in `/health/ready`. */
  problem: RegExp;
  endsRedis: boolean;
}

async function openDisk(dataFile: string) {
  const dir = await tempDir();
  const faultFile = join(dir.path, 'fault');
  return {
    dir,
    environment: shim.environment({ dataFile, logFile: join(dir.path, 'disk.log'), faultFile }),
    fill: () => writeFileSync(faultFile, 'enospc'),
    free: () => rmSync(faultFile, { force: true }),
  };
}

async function embedded(): Promise<Disk> {
  const { dir, environment, fill, free } = await openDisk('/data.mdb');
  const base = {
    environment: { ...environment, DATA_DIR: join(dir.path, 'data') },
    servers: 1,
    redis: null,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
  return { base, fill, free: async () => free(), problem: /the disk refuses writes/, endsRedis: false };
}

const redisWith = (appendfsync: 'everysec' | 'always', problem: RegExp) => async (): Promise<Disk> => {
  const { dir, environment, fill, free } = await openDisk('.incr.aof');
  const redis: RedisServer = await startRedis({ appendonly: 'yes', appendfsync }, { env: environment });
  const base = {
    environment: { REDIS_URL: redis.url, DURABILITY: appendfsync === 'always' ? 'local' : 'relaxed' },
    servers: 2,
    redis,
    [Symbol.asyncDispose]: async () => {
      await redis[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
  const start = async (): Promise<void> => {
    free();
    // Redis ends itself when it cannot append with fsync always.
    if (appendfsync === 'always') await redis.restart();
  };
  return { base, fill, free: start, problem, endsRedis: appendfsync === 'always' };
};

const ROWS = [
  { store: 'the embedded store', open: embedded },
  { store: 'Redis, which refuses writes,', open: redisWith('everysec', /cannot persist its data and refuses writes/) },
  { store: 'Redis, which ends itself,', open: redisWith('always', /cannot be reached|has not been answered/) },
];

async function fillAndFree(disk: Disk, servers: ShopServers, round: number): Promise<void> {
  disk.fill();
  const { url } = await servers.server(0);
  const problems = await poll(async () => {
    const ready = await fetch(`${url}/health/ready`);
    return ready.status === 503 && ready.text();
  }, SLOW);
  expect(problems).toMatch(disk.problem);
  const add = { sku: 'calm-1', quantity: 1, idempotencyKey: `add-${round}` };
  const call = (await servers.caller(0)).as('a-shopper-at-a-full-disk').mutate('cart.add', add);
  // A call waits for a Redis that has ended, up to its deadline.
  const refused = disk.endsRedis ? null : await call;
  if (refused) expect(refused).toMatchObject({ ok: false, reason: 'store_unavailable', status: 503 });
  await disk.free();
  await poll(async () => (await fetch(`${url}/health/ready`)).status === 200, SLOW);
  const answer = await call;
  if (!answer.ok) expect(answer.reason).toBe('store_unavailable');
  else must(await (await servers.caller(0)).as('a-shopper-at-a-full-disk').mutate('cart.clear', {}));
}

async function expectNothingLost(open: () => Promise<Disk>, name: string): Promise<void> {
  const disk = await open();
  await using base = disk.base;
  await using servers = await ShopServers.start(base);
  await stockUp(await servers.caller(0), STOCK);
  const dice = new Dice(seed, name);
  const traffic = new Traffic({ name: 'disk', stock: STOCK, shop: (shopper) => servers.caller(shopper) });
  for (let round = 0; round < ROUNDS; round += 1) {
    await traffic.more(dice.between(1, 50));
    await fillAndFree(disk, servers, round);
  }
  await traffic.more(1);
  await traffic.stop();
  const { visits, stock } = traffic;
  const caller = await servers.caller(0);
  const orders = await expectOrders(caller, visits);
  await expectBalance(caller, stock, orders);
  await expectLedger((await servers.server(0)).url, { orders, stock });
  await expectSound(caller);
  expect(must(await caller.as('a-shopper-at-a-full-disk').query('cart.get', {})).lines).toEqual([]);
  console.log(`${name} ${ROUNDS} full disks, ${orders.length} orders, ${traffic.repeated} calls repeated`);
}

describe('a full disk', { concurrent: !FULL, timeout: 120_000 + ROUNDS * 30_000 }, () => {
  test.each(ROWS)(`of $store loses nothing, and the shop sells on when there is room`, ({ store, open }) =>
    expectNothingLost(open, store),
  );
});
