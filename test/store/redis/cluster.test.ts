import { createServer } from 'node:net';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { poll } from '../../support/poll.ts';
import { startRedis } from '../../support/redis-server.ts';
import { configure, put, receive, release, reserve } from '../../support/transactions.ts';
import { applySteps } from './redis-shop.ts';

/** Returns a free port. Cluster mode needs TCP ports, one of them 10,000 higher unless it is configured. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

test('on a Redis Cluster every script uses only declared keys of one slot', async () => {
  const [port, busPort] = [await freePort(), await freePort()];
  await using redis = await startRedis({
    port: String(port),
    bind: '127.0.0.1',
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
  });
  const admin = new Redis(redis.socketPath);
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
  await poll(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
  const store = await openRedisStore({ url: redis.url, shop: 'shop', durability: 'none' });
  await applySteps(store, configure('A', { limitPerCustomer: 9 }), receive('A', 9));
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
  await store.close();
  admin.disconnect();
});
