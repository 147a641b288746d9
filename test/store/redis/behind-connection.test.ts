import { expect, test } from 'vitest';
import { configure, put, receive, transaction } from '../../support/transactions.ts';
import { applySteps, openRedisShop } from './redis-shop.ts';

const UNSEEN = [transaction('unseen', [put('cart:1', 'any', { body: 'x' })])];

/** Data can be replaced while connections stay open: a replica resyncs, or an operator copies an older shop back. */
test('a shop whose data goes back while its connections stay open applies nothing', async () => {
  await using shop = await openRedisShop({ durability: 'local' }, { appendonly: 'yes', appendfsync: 'always' });
  const { store, admin, key } = shop;
  await applySteps(store, configure('A'), receive('A', 9));
  await applySteps(store, put('cart:1', 'any', { body: 'a' }));
  const { sequence } = await store.apply([transaction('seen', [put('cart:1', 'any', { body: 'b' })])]);
  await admin.hset(key('meta'), 'sequence', sequence - 2);
  await expect(store.apply(UNSEEN)).rejects.toMatchObject({ fault: 'regressed' });
  expect(String(await admin.hget(key('docs'), 'cart:1'))).toMatch(/\nb$/);
});
