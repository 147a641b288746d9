import { describe, expect, test } from 'vitest';
import { reasonOf } from '../../src/client/client.ts';
import { startTestShop } from '../../src/testing/start-test-shop.ts';
import { yes } from '../support/shop.ts';

const MINUTE = 60_000;

test('starts in less than 100 ms of CPU time', async () => {
  const costs: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    const before = process.cpuUsage();
    await using shop = await startTestShop({ skus: { cup: 5 } });
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1_000);
    expect(shop.holdfast.store.shop).toBe('test');
  }
  const median = costs.toSorted((a, b) => a - b)[7];
  expect(median).toBeLessThan(100);
});

test('has the SKUs with their units and settings', async () => {
  const unitPrice = { amount: 500, currency: 'EUR' };
  await using shop = await startTestShop({ skus: { cup: 5, mug: { onHand: 2, unitPrice }, jug: { title: 'Jug' } } });
  const { items } = await shop.operator.stock.list.query({});
  expect(items).toMatchObject([
    { sku: 'cup', onHand: 5 },
    { sku: 'jug', onHand: 0, title: 'Jug' },
    { sku: 'mug', onHand: 2, unitPrice },
  ]);
});

test('refuses a SKU as the shop does, and unknown options of the handler', async () => {
  await expect(startTestShop({ skus: { 'a\n': 1 } })).rejects.toThrow(String.raw`the SKU "a\n" is refused`);
  await expect(startTestShop({ skus: { cup: -1 } })).rejects.toThrow('the SKU "cup" is refused');
  await expect(startTestShop({ handler: { logger: 1 } as never })).rejects.toThrow('logger is not an option');
});

describe('the clock', () => {
  test('stands still, and ends a hold exactly at its deadline', async () => {
    await using shop = await startTestShop({ skus: { cup: 2 }, startAt: 1_000_000 });
    const cart = await shop.client.cart.add.mutate({ sku: 'cup', quantity: 2 });
    expect(cart.lines[0]?.expiresAt).toBe(1_000_000 + 15 * MINUTE);
    await shop.clock.advance(15 * MINUTE - 1);
    const other = shop.clientOf('another-shopper').cart;
    await expect(other.add.mutate({ sku: 'cup', quantity: 1 })).rejects.toThrow('There are not that many units.');
    await shop.clock.advance(1);
    expect(await other.add.mutate({ sku: 'cup', quantity: 1 })).toMatchObject({ granted: 1 });
    expect((await shop.client.cart.get.query()).expired).toMatchObject([{ sku: 'cup', quantity: 2 }]);
  });

  test('ends what is due on the way in order, at its own time', async () => {
    await using shop = await startTestShop({ skus: { cup: 5 }, startAt: 0 });
    await shop.client.cart.add.mutate({ sku: 'cup', quantity: 1 });
    await shop.clock.advance(5 * MINUTE);
    await shop.clientOf('another-shopper').cart.add.mutate({ sku: 'cup', quantity: 2 });
    await shop.clock.advance(24 * 60 * MINUTE);
    expect(shop.clock.now()).toBe((5 + 24 * 60) * MINUTE);
    const { movements } = await shop.operator.stock.history.query({ sku: 'cup', limit: 2 });
    expect(movements).toMatchObject([
      { kind: 'expired', quantity: 2, at: 20 * MINUTE },
      { kind: 'expired', quantity: 1, at: 15 * MINUTE },
    ]);
  });

  test('ends an order that is not paid, and two moves at once happen one after the other', async () => {
    await using shop = await startTestShop({ skus: { cup: 1 } });
    await shop.client.cart.add.mutate({ sku: 'cup', quantity: 1 });
    const { orderId } = await shop.client.checkout.begin.mutate({ idempotencyKey: 'k', paymentWindowMs: MINUTE });
    const start = shop.clock.now();
    await Promise.all([shop.clock.advance(30_000), shop.clock.advance(30_000)]);
    expect(shop.clock.now() - start).toBe(MINUTE);
    expect(await shop.operator.orders.get.query({ orderId })).toMatchObject({ status: 'expired' });
  });

  test('refuses to go back', async () => {
    await using shop = await startTestShop();
    await expect(shop.clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(shop.clock.advance(0.5)).rejects.toThrow(RangeError);
    await expect(shop.clock.advance(Number.NaN)).rejects.toThrow(RangeError);
    await shop.clock.advance(0);
  });

  test('ends sessions', async () => {
    await using shop = await startTestShop({ skus: { cup: 1 }, settings: { sessionTtlMs: MINUTE } });
    const { sessionId } = await shop.operator.session.create.mutate({ customerId: 'ann' });
    const ann = shop.clientOf(sessionId);
    await ann.cart.add.mutate({ sku: 'cup', quantity: 1 });
    await shop.clock.advance(MINUTE);
    const error: unknown = await ann.cart.get.query().catch((refused: unknown) => refused);
    expect(reasonOf(error)).toBe('session_required');
  });

  test('attempts due webhooks before it resolves', async () => {
    const delivered: string[] = [];
    const sender = {
      problemOf: async () => null,
      deliver: async ({ body }: { body: string }) => {
        delivered.push((JSON.parse(body) as { type: string }).type);
        return { outcome: 'delivered', status: '200' } as const;
      },
    };
    await using shop = await startTestShop({ skus: { cup: 1 }, webhooks: { sender } });
    await shop.operator.webhooks.create.mutate({ url: 'https://shop.example/hook', events: ['order.placed'] });
    await shop.client.cart.add.mutate({ sku: 'cup', quantity: 1 });
    await shop.client.checkout.place.mutate({ idempotencyKey: 'k' });
    await shop.clock.advance(0);
    expect(delivered).toEqual(['order.placed']);
  });
});

test('has the same cart in process and through the clients', async () => {
  await using shop = await startTestShop({ skus: { cup: 3 } });
  const ann = 'session-of-ann';
  yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, shop.as(ann)));
  expect((await shop.clientOf(ann).cart.get.query()).lines).toMatchObject([{ sku: 'cup', quantity: 2 }]);
  expect(() => shop.as('short')).toThrow('a session id has 8 to 128');
});

test('listens on a port until it is closed', async () => {
  const shop = await startTestShop({ skus: { cup: 3 } });
  const url = await shop.listen();
  expect(await shop.listen()).toBe(url);
  const answer = await fetch(`${url}/api/v1/availability?skus=cup`);
  expect(await answer.json()).toMatchObject([{ sku: 'cup', available: 3 }]);
  await shop.close();
  await shop.close();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect((await shop.fetch(`${shop.url}/health/live`)).status).toBe(503);
});
