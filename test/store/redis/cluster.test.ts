import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisStore, type RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { type ClusterGroup, startCluster } from '../../support/cluster-group.ts';
import { freePort } from '../../support/free-port.ts';
import { poll } from '../../support/poll.ts';
import { startRedis } from '../../support/redis-server.ts';
import { configure, put, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf } from './redis-shop.ts';

const DOCS = new URL('../../../docs/redis.md', import.meta.url);

let cluster: ClusterGroup;

beforeAll(async () => {
  cluster = await startCluster({ appendonly: 'no' });
}, 60_000);

afterAll(() => cluster[Symbol.asyncDispose]());

async function withShop(
  shop: string,
  work: (store: RedisStore) => Promise<void>,
  options: Partial<RedisStoreOptions> = {},
): Promise<void> {
  const store = await openRedisStore({ url: cluster.url, shop, durability: 'none', ...options });
  try {
    await applySteps(store, configure('A', { limitPerCustomer: 9 }), receive('A', 9));
    await work(store);
  } finally {
    await store.close();
  }
}

const sell = (store: RedisStore, id: string): Promise<unknown> =>
  store.apply([transaction(id, [reserve(id, 'A', 1)])]).then(({ answers }) => answers[0]?.status, faultOf);

test('uses only declared keys of one slot, at whichever master serves it', async () => {
  const shops = ['one', 'two', 'three', 'four', 'five', 'six'];
  const masters = await Promise.all(shops.map((shop) => cluster.masterOf(shop)));
  expect(new Set(masters).size).toBe(3);
  for (const shop of shops) {
    await withShop(shop, async (store) => {
      const cart = put('cart:1', 'absent', { body: '{}', holds: ['h'], dueInMs: 1, list: 'placed' });
      expect(await applySteps(store, reserve('h', 'A', 1), cart)).toMatchObject({ status: 'applied' });
      expect(await applySteps(store, release('h'))).toMatchObject({ status: 'applied' });
      expect(await store.reclaim({ limit: 5 })).toMatchObject({ ended: 0 });
      expect(await store.read([{ skus: ['A'], holds: ['h'], documents: ['cart:1'], requests: ['x'] }])).toHaveLength(1);
      expect(await store.history('A', { limit: 9 })).toHaveLength(3);
      expect(await store.listStock({ limit: 9 })).toHaveLength(1);
      expect(await store.listHolds({ limit: 9 })).toHaveLength(0);
      expect(await store.listDocuments({ list: 'placed', limit: 9 })).toHaveLength(1);
      expect((await store.scan({ kind: 'documents', cursor: null, limit: 9 })).documents).toHaveLength(1);
    });
  }
});

test('calls wait while the slot is between two masters, and are applied at the next one', async () => {
  await withShop('half', async (store) => {
    const source = await cluster.masterOf('half');
    // A master that is new for the shop has none of its functions.
    for (const { admin } of await cluster.masters()) if (admin !== source.admin) await admin.function('FLUSH');
    const waiting: Promise<unknown>[] = [];
    let settled = 0;
    await cluster.move('half', async () => {
      const calls = [sell(store, 'a'), sell(store, 'b'), store.read([{ skus: ['A'] }]).then(() => 'read', faultOf)];
      for (const call of calls) waiting.push(call.finally(() => (settled += 1)));
      await poll(async () => /errorstat_(TRYAGAIN|ASK)/.test(await source.admin.info('errorstats')));
    });
    expect(settled).toBe(0);
    expect(await Promise.all(waiting)).toEqual(['applied', 'applied', 'read']);
    const [view] = await store.read([{ skus: ['A'] }]);
    expect(view?.stock[0]).toMatchObject({ onHand: 9, reserved: 2 });
  });
});

test('calls settle by their deadline where the slot stays between two masters', async () => {
  const options = { batchDeadlineMs: 1_500, readDeadlineMs: 1_500 };
  await withShop(
    'stuck',
    async (store) => {
      await cluster.move('stuck', async () => {
        const read = store.read([{ skus: ['A'] }]).catch(faultOf);
        const health = store.health().catch(String);
        expect(await Promise.all([sell(store, 'a'), read])).toEqual(['unavailable', 'unavailable']);
        expect(await health).toMatch(/moving to another node/);
      });
      await poll(async () => (await sell(store, 'a')) === 'applied', { timeoutMs: 10_000 });
    },
    options,
  );
});

test('refuses a server without cluster mode and a wrong password at once', async () => {
  const port = await freePort();
  await using single = await startRedis({ port: String(port), bind: '127.0.0.1' });
  expect(single.pid).toBeGreaterThan(0);
  const open = (url: string) => openRedisStore({ url, shop: 'main', durability: 'none', openDeadlineMs: 25_000 });
  await expect(open(`redis+cluster://127.0.0.1:${port}`)).rejects.toThrow(/cluster support disabled/);
  const wrong = cluster.url.replace('//', '//nobody:wrong@');
  await expect(open(wrong)).rejects.toThrow(/user name or password/);
});

test('needs a user who may query the cluster', async () => {
  const [words = ''] = /(?<=^ACL SETUSER holdfast ).*$/m.exec(readFileSync(DOCS, 'utf8')) ?? [];
  const rights = words.replace('>PASSWORD', '>pass').replace('{main}', '{owned}').split(' ');
  const grant = (...more: string[]) =>
    Promise.all(cluster.nodes.map(({ admin }) => admin.call('ACL', 'SETUSER', 'holdfast', ...rights, ...more)));
  const url = cluster.url.replace('//', '//holdfast:pass@');
  await grant();
  await expect(withShop('owned', () => Promise.resolve(), { url, openDeadlineMs: 25_000 })).rejects.toThrow(
    /may not do/,
  );
  await grant('+cluster|keyslot', '+cluster|slots');
  await withShop('owned', async (store) => expect(await sell(store, 'a')).toBe('applied'), { url });
});

test('finds the master by one node of the URL, and by the others once that one is down', async () => {
  const [seed, down] = [cluster.nodes[5], await freePort()];
  const url = `redis+cluster://127.0.0.1:${down},127.0.0.1:${seed?.port}`;
  await withShop('one-seed', async (store) => expect(await sell(store, 'a')).toBe('applied'), { url });
});

test('follows the majority, because a node that was cut off names itself', async () => {
  const [port, busPort] = [await freePort(), await freePort()];
  const settings = { 'cluster-enabled': 'yes', 'cluster-port': String(busPort), port: String(port), bind: '127.0.0.1' };
  await using alone = await startRedis(settings);
  const admin = new Redis(alone.socketPath);
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
  await poll(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
  const url = cluster.url.replace('//', `//127.0.0.1:${port},`);
  for (const shop of ['many', 'seeds', 'here']) {
    await withShop(shop, async (store) => expect(await sell(store, 'a')).toBe('applied'), { url });
  }
  expect(await admin.dbsize()).toBe(0);
  admin.disconnect();
});
