import { expect, test } from 'vitest';
import { createHoldfast, createHoldfastHandler, OPERATOR } from '../../src/index.ts';
import { sessionCaller } from '../../src/api/callers/session-caller.ts';
import { openHandlerShop, ORIGIN } from '../support/handler-shop.ts';
import { poll } from '../support/poll.ts';
import { yes } from '../support/shop.ts';
import { startShop } from '../support/shop-server.ts';
import { fillRedis, openRedisShop } from '../store/redis/redis-shop.ts';

const AS_OPERATOR = { caller: OPERATOR };

const namesIn = (metrics: string): string[] => [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
const valueOf = (metrics: string, series: string): number =>
  Number(new RegExp(`^${series} (\\S+)$`, 'm').exec(metrics)?.[1]);

test('a handler has the metrics of a server, except for those of connections', async () => {
  await using server = await startShop();
  await using shop = openHandlerShop();
  const [ofServer, ofHandler] = [(await server.fetch('/metrics')).text, await (await shop.fetch('/metrics')).text()];
  expect(namesIn(ofServer).filter((name) => !namesIn(ofHandler).includes(name))).toEqual([
    'holdfast_connections_dropped_total',
  ]);
});

test('the metrics of a handler count the batches of its shop until it is closed', async () => {
  await using shop = openHandlerShop();
  const batches = async (): Promise<number> =>
    valueOf(await (await shop.fetch('/metrics')).text(), 'holdfast_store_apply_seconds_count');
  const before = await batches();
  yes(await shop.holdfast.stock.define({ sku: 'cup' }, AS_OPERATOR));
  expect(await batches()).toBeGreaterThan(before);
  expect(valueOf(await (await shop.fetch('/metrics')).text(), 'holdfast_is_leader')).toBe(1);
  await shop.handler.close();
  yes(await shop.holdfast.stock.define({ sku: 'cap' }, AS_OPERATOR));
});

test('a handler keeps the last tenth of a full store for operators, until it is closed', async () => {
  await using redis = await openRedisShop({ shop: 'main' });
  const holdfast = createHoldfast({ store: redis.store });
  const handler = createHoldfastHandler(holdfast);
  yes(await holdfast.stock.define({ sku: 'fan' }, AS_OPERATOR));
  yes(await holdfast.stock.receive({ sku: 'fan', quantity: 10_000 }, AS_OPERATOR));
  const addOne = async (): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'x-session-id': 'a-shopper-of-this-test' };
    const init = { method: 'POST', headers, body: JSON.stringify({ json: { sku: 'fan', quantity: 1 } }) };
    return (await handler(new Request(`${ORIGIN}/trpc/cart.add`, init))).status;
  };
  expect(await addOne()).toBe(200);
  await poll(async () => {
    await fillRedis(redis.admin);
    return (await addOne()) === 429;
  });
  yes(await holdfast.stock.count({ sku: 'fan', onHand: 20_000 }, AS_OPERATOR));
  const shopper = { caller: sessionCaller('a-shopper-in-process') };
  await expect(holdfast.carts.add({ sku: 'fan', quantity: 1 }, shopper)).rejects.toThrow('nearly full');
  await handler.close();
  yes(await holdfast.carts.add({ sku: 'fan', quantity: 1 }, shopper));
  await holdfast.close();
});
