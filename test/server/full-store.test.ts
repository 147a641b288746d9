import { expect, test } from 'vitest';
import { fillRedis, openRedisShop } from '../store/redis/redis-shop.ts';
import { poll } from '../support/poll.ts';
import { type Credentials, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };
const SHOPPER = { session: 'a-shopper-of-this-test' };

test('keeps the last tenth of a full store for operators, and serves shoppers again when there is room', async () => {
  await using shop = await openRedisShop({ shop: 'main' });
  await using server = await startShop({}, shop.store);
  const statusOf = async (path: string, input: object, who: Credentials) =>
    (await server.mutate(path, input, who)).status;
  expect(await statusOf('stock.receive', { sku: 'fan', quantity: 9 }, OPERATOR)).toBe(404);
  expect(await statusOf('stock.define', { sku: 'fan' }, OPERATOR)).toBe(200);
  expect(await statusOf('stock.receive', { sku: 'fan', quantity: 10_000 }, OPERATOR)).toBe(200);
  expect(await statusOf('cart.add', { sku: 'fan', quantity: 1 }, SHOPPER)).toBe(200);
  await poll(async () => {
    await fillRedis(shop.admin);
    return (await statusOf('cart.add', { sku: 'fan', quantity: 1 }, SHOPPER)) === 429;
  });
  const refused = await server.mutate('checkout.begin', { idempotencyKey: 'pay' }, SHOPPER);
  expect(refused.error?.data).toMatchObject({ reason: 'overloaded', meta: { retryAfterMs: 10_000 } });
  expect(refused.headers.get('retry-after')).toBe('10');
  expect((await server.query('cart.get', {}, SHOPPER)).status).toBe(200);
  expect((await server.query('stock.availability', { skus: ['fan'] })).status).toBe(200);
  expect(await statusOf('stock.count', { sku: 'fan', onHand: 20_000 }, OPERATOR)).toBe(200);
  expect(await statusOf('orders.purge', { status: 'cancelled', olderThanMs: 0 }, OPERATOR)).toBe(200);
  expect(server.running.readiness.verdict.ready).toBe(true);
  expect(server.logText()).toContain('the store is full');
  await shop.admin.config('SET', 'maxmemory', '1gb');
  await poll(async () => (await statusOf('cart.add', { sku: 'fan', quantity: 1 }, SHOPPER)) === 200);
});
