import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Step } from '../../../src/domain/steps.ts';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { startRedis } from '../../support/redis-server.ts';
import { configure, put, receive, reserve, transaction } from '../../support/transactions.ts';

const COUNT = 200;
const ROUNDS_MAX = 4;
const each = <T>(make: (index: number) => T): T[] => Array.from({ length: COUNT }, (_, index) => make(index));

const calls = async (admin: Redis): Promise<number> =>
  Number(/cmdstat_fcall:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);

test.each<[string, () => Step[]]>([
  ['SKUs', () => each((index) => receive(`sku-${index}`, 1))],
  ['holds', () => each((index) => ({ kind: 'release', holdId: `hold-${index}`, owner: 'cart:1' }))],
  ['documents', () => each((index) => put(`cart:${index}`, 'present', { body: 'second' }))],
])('a process that knows none of the %s of a transaction fetches them in a few rounds', async (_, stepsOf) => {
  await using redis = await startRedis();
  const open = () => openRedisStore({ url: redis.url, shop: 'test', durability: 'none' });
  const first = await open();
  const made = each((index): Step[] => [
    configure(`sku-${index}`),
    receive(`sku-${index}`, 5),
    reserve(`hold-${index}`, `sku-${index}`, 1, { owner: 'cart:1' }),
    put(`cart:${index}`, 'absent', { body: 'first' }),
  ]).flat();
  expect((await first.apply([transaction('made', made)])).answers).toMatchObject([{ status: 'applied' }]);
  await first.close();

  const second = await open();
  const admin = new Redis(redis.socketPath);
  const before = await calls(admin);
  expect((await second.apply([transaction('asked', stepsOf())])).answers).toMatchObject([{ status: 'applied' }]);
  expect((await calls(admin)) - before).toBeLessThanOrEqual(ROUNDS_MAX);
  admin.disconnect();
  await second.close();
});
