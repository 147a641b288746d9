import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const ALLOWED = { WEBHOOK_ALLOW_PRIVATE: 'yes', SESSION_SECRET: 'a-secret-for-all' };
const ORDERS = 40;

async function listen(server: ServerProcess, receiver: WebhookReceiver): Promise<void> {
  const caller = new HttpCaller(server.url);
  const operator = caller.asOperator();
  must(await operator.mutate('stock.define', { sku: 'mug' }));
  must(await operator.mutate('stock.receive', { sku: 'mug', quantity: 10_000 }));
  const created = must(await operator.mutate('webhooks.create', { url: receiver.url, events: ['order.placed'] }));
  receiver.secret = created.secret;
  caller.close();
}

/** Sells one unit after the other, each through a server that `pick` returns. */
async function sell(count: number, pick: (order: number) => ServerProcess): Promise<string[]> {
  const orders: string[] = [];
  for (let order = 0; order < count; order += 1) {
    const caller = new HttpCaller(pick(order).url);
    const { sessionId } = must(await caller.mutate('session.create', {}));
    const shopper = caller.as(sessionId);
    must(await shopper.mutate('cart.add', { sku: 'mug', quantity: 1 }));
    orders.push(must(await shopper.mutate('checkout.place', { idempotencyKey: 'pay' })).orderId);
    caller.close();
  }
  return orders;
}

const ordersIn = (receiver: WebhookReceiver): Set<unknown> =>
  new Set(receiver.received.map(({ payload }) => payload.data.orderId));

test('one of two servers on one Redis delivers, and when it is killed the other continues', {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  await using receiver = await WebhookReceiver.open();
  await using leader = await startServerProcess({ REDIS_URL: redis.url, ...ALLOWED });
  await using other = await startServerProcess({ REDIS_URL: redis.url, ...ALLOWED });
  await listen(other, receiver);
  const calm = await sell(ORDERS, (order) => (order % 2 === 0 ? leader : other));
  await poll(() => ordersIn(receiver).size === ORDERS, { timeoutMs: 10_000 });
  expect(receiver.received.length).toBe(ORDERS);
  expect(ordersIn(receiver)).toEqual(new Set(calm));

  const selling = sell(ORDERS, () => other);
  await receiver.got(ORDERS + 5);
  await leader.kill9();
  const troubled = await selling;
  await poll(() => ordersIn(receiver).size === 2 * ORDERS, { timeoutMs: 20_000 });
  expect(ordersIn(receiver)).toEqual(new Set([...calm, ...troubled]));
  // A repeated delivery has the same id.
  expect(new Set(receiver.ids).size).toBe(2 * ORDERS);
  expect(receiver.forged).toEqual([]);
});

test('the next server delivers everything when one is killed or stopped during a delivery', {
  timeout: 60_000,
}, async () => {
  await using dir = await tempDir();
  await using receiver = await WebhookReceiver.open();
  receiver.reply = () => undefined;
  const orders: string[] = [];
  {
    await using server = await startServerProcess({ DATA_DIR: dir.path, ...ALLOWED });
    await listen(server, receiver);
    orders.push(...(await sell(5, () => server)));
    await receiver.got(1);
    await server.kill9();
  }
  {
    await using server = await startServerProcess({ DATA_DIR: dir.path, ...ALLOWED });
    await receiver.got(receiver.received.length + 5);
    orders.push(...(await sell(1, () => server)));
    const start = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - start).toBeLessThan(5_000);
  }
  receiver.received.length = 0;
  receiver.reply = (_, response) => response.end();
  await using server = await startServerProcess({ DATA_DIR: dir.path, ...ALLOWED });
  await poll(() => ordersIn(receiver).size === orders.length, { timeoutMs: 10_000 });
  expect(ordersIn(receiver)).toEqual(new Set(orders));
  expect(receiver.received.length).toBe(orders.length);
  expect(await server.stop()).toBe(0);
});
