import { expect, test } from 'vitest';
import { STOCK_PLACES } from '../../../src/store/redis/codec/record-codec.ts';
import { configure, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop } from './redis-shop.ts';

test('writes nothing of a batch after which the counters would not add up', async () => {
  await using shop = await openRedisShop();
  const { store, admin } = shop;
  await applySteps(store, configure('A'), receive('A', 5), reserve('h', 'A', 2));
  await store.read([{ skus: ['A'], holds: ['h'] }]);
  const damaged = (await admin.hgetBuffer(shop.key('stock'), 'A')) ?? Buffer.alloc(0);
  damaged.writeBigUInt64BE(1n, STOCK_PLACES.reserved);
  await admin.hset(shop.key('stock'), 'A', damaged);
  const before = await admin.hgetall(shop.key('meta'));
  const error = await store.apply([transaction('t', [release('h')])]).catch((reason: unknown) => reason);
  expect(faultOf(error)).toBe('batch_failed');
  expect(String(error)).toContain('counters do not add up');
  expect(await admin.hgetall(shop.key('meta'))).toEqual(before);
  expect(await admin.hgetBuffer(shop.key('stock'), 'A')).toEqual(damaged);
});
