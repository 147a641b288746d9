import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { openRedisStore, type RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import { poll } from '../../support/poll.ts';
import { type ChainNode, startChain } from '../../support/redis-replicas.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf } from './redis-shop.ts';
import { startSwitchingRelay } from './switching-relay.ts';

/** A call to a server that is refused waits for another one until its deadline. */
const DEADLINES = { batchDeadlineMs: 1_500, readDeadlineMs: 1_500 };

interface Split extends AsyncDisposable {
  master: ChainNode;
  replica: ChainNode;
  /** Opened at the master. */
  store: RedisStore;
  warnings: string[];
  open(url: string, options?: Partial<RedisStoreOptions>): Promise<RedisStore>;
}

/** Starts a master with a shop, and its replica, which has everything. */
async function openSplit(): Promise<Split> {
  const chain = await startChain(2);
  const [master, replica] = chain;
  if (!master || !replica) throw new Error('the chain is too short');
  const [stores, warnings]: [RedisStore[], string[]] = [[], []];
  const open = async (url: string, options: Partial<RedisStoreOptions> = {}) => {
    const warn = (line: string) => void warnings.push(line);
    const store = await openRedisStore({
      url,
      shop: 'shop',
      durability: 'none',
      ...DEADLINES,
      warn,
      openDeadlineMs: 2_000,
      ...options,
    });
    stores.push(store);
    return store;
  };
  const store = await open(master.server.url);
  await applySteps(store, configure('A'), receive('A', 9));
  return {
    master,
    replica,
    store,
    warnings,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((opened) => opened.close()));
      await chain[Symbol.asyncDispose]();
    },
  };
}

/** Makes the replica a master once it has everything. */
async function promote({ master, replica }: Split): Promise<void> {
  const meta = ({ admin }: ChainNode) => admin.hmget('{shop}:meta', 'sequence', 'at', 'address');
  await poll(async () => String(await meta(replica)) === String(await meta(master)));
  await replica.promote();
}

const buy = (store: RedisStore, id: string): Promise<unknown> =>
  store.apply([transaction(id, [reserve(id, 'A', 1)])]).then(({ answers }) => answers[0]?.status, faultOf);

const fenceOf = ({ admin }: ChainNode): Promise<string | null> => admin.hget('{shop}:meta', 'fenced');

test('the first process at a promoted replica ends the service by the master before it', async () => {
  await using split = await openSplit();
  const { master, replica, store } = split;
  await promote(split);
  const next = await split.open(replica.server.url);
  expect(await buy(store, 'a')).toBe('unavailable');
  const problem = expect.stringContaining(
    `was replaced as the master of shop shop by unix:${replica.server.socketPath}`,
  );
  await expect(store.read([{ skus: ['A'] }])).rejects.toMatchObject({ problem });
  await expect(store.health()).rejects.toMatchObject({ problem });
  await expect(split.open(master.server.url)).rejects.toThrow(/was replaced as the master/);
  expect(await buy(next, 'a')).toBe('applied');

  await master.admin.replicaof('127.0.0.1', replica.port);
  await poll(async () => (await fenceOf(master)) === null, { timeoutMs: 20_000 });
});

test('the line of docs/redis.md lets the replaced master serve again', async () => {
  await using split = await openSplit();
  await promote(split);
  const next = await split.open(split.replica.server.url);
  expect(await buy(split.store, 'a')).toBe('unavailable');
  await next.close();
  await split.master.admin.hdel('{shop}:meta', 'fenced', 'server');
  await poll(async () => (await buy(split.store, 'b')) === 'applied');
});

test('a former master that cannot be reached does not keep the new one from serving', async () => {
  await using split = await openSplit();
  await split.master.admin.hset('{shop}:meta', 'address', '127.0.0.1:1');
  await promote(split);
  const next = await split.open(split.replica.server.url);
  expect(await buy(next, 'a')).toBe('applied');
  expect(split.warnings).toContainEqual(expect.stringMatching(/127\.0\.0\.1:1 cannot be fenced, .*ECONNREFUSED/));
  expect(await buy(split.store, 'b')).toBe('applied');
});

test('a process that knows a later epoch refuses the stale master, and fences it', async () => {
  await using split = await openSplit();
  const { master, replica, store } = split;
  await master.admin.hset('{shop}:meta', 'address', '127.0.0.1:1');
  await promote(split);
  await using relay = await startSwitchingRelay(replica.server.socketPath);
  const next = await split.open(relay.url);
  expect([await buy(next, 'a'), await buy(store, 'b')]).toEqual(['applied', 'applied']);
  relay.switchTo(master.server.socketPath);
  await poll(async () => (await fenceOf(master)) !== null);
  expect(await buy(next, 'c')).toBe('unavailable');
  expect(await buy(store, 'd')).toBe('unavailable');
  relay.switchTo(replica.server.socketPath);
  await poll(async () => (await buy(next, 'e')) === 'applied');
});

test('a process that starts with the mark of a later epoch refuses the stale master as well', async () => {
  await using split = await openSplit();
  await using dir = await tempDir();
  const markFile = { path: join(dir.path, 'shop.mark'), isBinding: false };
  await split.master.admin.hset('{shop}:meta', 'address', '127.0.0.1:1');
  await promote(split);
  const next = await split.open(split.replica.server.url, { markFile });
  expect(await buy(next, 'a')).toBe('applied');
  await next.close();
  await expect(split.open(split.master.server.url, { markFile })).rejects.toThrow(/was replaced as the master/);
  expect(await buy(split.store, 'b')).toBe('unavailable');
});

test('a server with a copy of the data ends the service by no other', async () => {
  await using split = await openSplit();
  await promote(split);
  // It has the data of its log, and was never the replica of a master in this run.
  await split.replica.server.restart();
  const copy = await split.open(split.replica.server.url);
  expect([await buy(copy, 'a'), await buy(split.store, 'b')]).toEqual(['applied', 'applied']);
  expect(await fenceOf(split.master)).toBeNull();
});

test('a promoted server that refuses writes ends the service by no other', async () => {
  await using split = await openSplit();
  await promote(split);
  await split.replica.admin.config('SET', 'min-replicas-to-write', '1');
  await expect(split.open(split.replica.server.url)).rejects.toThrow(/too few replicas/);
  expect(await buy(split.store, 'a')).toBe('applied');
});
