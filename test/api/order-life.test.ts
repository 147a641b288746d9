import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type Answer, type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR: Credentials = { operator: true };
const ANN: Credentials = { session: 'ann-of-the-orders' };
const BOB: Credentials = { session: 'bob-of-the-orders' };

/** The states of orders over HTTP. The tests of the services have the cases. */
describe('orders over HTTP', () => {
  const clock = { now: Date.now() };
  let shop: ShopServer;
  let keys = 0;
  beforeAll(async () => {
    shop = await startShop({ PAYMENT_WINDOW_MS: '60000' }, openMemoryStore({ shop: 'main', clock: () => clock.now }));
    await shop.mutate('stock.define', { sku: 'mug', unitPrice: { amount: 500, currency: 'EUR' } }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'mug', quantity: 3 }, OPERATOR);
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  const begin = async (quantity = 3) => {
    await shop.mutate('cart.add', { sku: 'mug', quantity }, ANN);
    keys += 1;
    const { data } = await shop.mutate('checkout.begin', { idempotencyKey: `begin ${keys}` }, ANN);
    return data as { orderId: string; status: string; payBefore: number };
  };
  const answer = ({ status, data, error }: Answer) =>
    error ? [status, error.data.reason, error.data.meta] : [status, (data as { status: string }).status];
  const confirm = async (orderId: string, paymentReference = 'p1') =>
    answer(await shop.mutate('checkout.confirm', { orderId, paymentReference }, OPERATOR));

  test('are begun, canceled, begun again, paid and returned', async () => {
    const first = await begin();
    expect(first).toMatchObject({ status: 'awaiting_payment', payBefore: clock.now + 60_000 });
    const { orderId } = first;
    expect(answer(await shop.mutate('checkout.cancel', { orderId }, BOB))).toEqual([404, 'unknown_order', { orderId }]);
    const restored = await shop.mutate('checkout.cancel', { orderId, restoreCart: true }, ANN);
    expect(answer(restored)).toEqual([200, 'cancelled']);
    expect((await shop.query('cart.get', undefined, ANN)).data).toMatchObject({ lines: [{ quantity: 3 }] });
    expect(await confirm(orderId)).toEqual([409, 'order_state', { orderId, status: 'cancelled' }]);
    const second = (await shop.mutate('checkout.begin', { idempotencyKey: 'second' }, ANN)).data as typeof first;
    expect(await confirm(second.orderId)).toEqual([200, 'placed']);
    expect(await confirm(second.orderId)).toEqual([200, 'placed']);
    const state = { orderId: second.orderId, status: 'placed' };
    expect(await confirm(second.orderId, 'p2')).toEqual([409, 'order_state', state]);
    const back = { orderId: second.orderId, restock: true, reason: 'r', idempotencyKey: 'back' };
    const giveBack = (...quantities: number[]) =>
      shop.mutate(
        'orders.return',
        { ...back, lines: quantities.map((quantity) => ({ sku: 'mug', quantity })) },
        OPERATOR,
      );
    expect(answer(await giveBack(2, 2))).toEqual([409, 'return_exceeds_sold', { sku: 'mug' }]);
    const returned = await giveBack(2, 1);
    expect(returned.data).toMatchObject({ status: 'placed', lines: [{ quantity: 3, returned: 3 }] });
    expect((await giveBack(2, 1)).data).toEqual(returned.data);
    expect(answer(await giveBack(1))).toEqual([422, 'idempotency_mismatch', { idempotencyKey: 'back' }]);
  });

  test('answer a late payment with 412 forever', async () => {
    const { orderId, payBefore } = await begin();
    clock.now = payBefore;
    expect(answer(await shop.query('orders.get', { orderId }, ANN))).toEqual([200, 'expired']);
    await shop.mutate('cart.add', { sku: 'mug', quantity: 1 }, BOB);
    expect(await confirm(orderId)).toEqual([412, 'payment_too_late', { orderId }]);
    await shop.mutate('cart.clear', undefined, BOB);
    expect(await confirm(orderId)).toEqual([412, 'payment_too_late', { orderId }]);
    const { data } = await shop.query('orders.list', { status: 'refund_due' }, OPERATOR);
    expect(data).toMatchObject({ items: [{ orderId, status: 'refund_due', paymentReference: 'p1' }] });
    expect((await shop.query('admin.audit', undefined, OPERATOR)).data).toMatchObject({ ok: true, violations: [] });
  });
});
