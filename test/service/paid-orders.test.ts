import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrdersListInput } from '../../src/contract/inputs/inputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { put, transaction } from '../support/transactions.ts';

const DAY_MS = 86_400_000;

describe.each(engines)('finding orders by their payment on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    let now = 1_700_000_000_000;
    const shop = await openShopWith(engine, { now: () => (now += 1) });
    await shop.supply('mug', { units: 1_000 });
    return shop;
  };
  let keys = 0;
  const begin = async (shop: Shop, name: string, paymentReference?: string, customer?: string): Promise<Order> => {
    const call = shopper(name, customer);
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, call()));
    const key = `key ${(keys += 1)}`;
    return yes(await shop.holdfast.checkout.begin({ ...(paymentReference && { paymentReference }) }, call(key)));
  };
  const confirm = (shop: Shop, { orderId }: Order, paymentReference: string) =>
    shop.holdfast.checkout.confirm({ orderId, paymentReference }, OPERATOR);
  const found = async (shop: Shop, input: OrdersListInput): Promise<string[]> =>
    yes(await shop.holdfast.orders.list(input)).items.map(({ orderId }) => orderId);
  const by = (shop: Shop, paymentReference: string) => found(shop, { paymentReference });

  test('follows the payment from the checkout to the confirmation', async () => {
    await using shop = await open();
    const order = await begin(shop, 'ann', 'session-1');
    await begin(shop, 'bob', 'session-2');
    const { orderId } = order;
    expect(await by(shop, 'session-1')).toEqual([orderId]);
    yes(await shop.holdfast.checkout.attachPayment({ orderId, paymentReference: 'session-3' }, OPERATOR));
    expect([await by(shop, 'session-1'), await by(shop, 'session-3')]).toEqual([[], [orderId]]);
    yes(await confirm(shop, order, 'pi_1'));
    expect([await by(shop, 'session-3'), await by(shop, 'pi_1')]).toEqual([[], [orderId]]);
    expect(await by(shop, 'pi')).toEqual([]);
    expect((await shop.store.listDocuments({ list: 'by_owner', limit: 50 })).length).toBe(4);
    await shop.soundAudit();
  });

  test('finds all orders of a payment, newest first, in pages, of a customer and a status', async () => {
    await using shop = await open();
    const orders: Order[] = [];
    for (const name of ['ann', 'bob', 'cem']) orders.unshift(await begin(shop, name, undefined, `customer:${name}`));
    for (const order of orders) yes(await confirm(shop, order, 'cash'));
    const ids = orders.map(({ orderId }) => orderId);
    expect(await by(shop, 'cash')).toEqual(ids);
    const first = yes(await shop.holdfast.orders.list({ paymentReference: 'cash', limit: 2 }));
    expect(first.items.map(({ orderId }) => orderId)).toEqual(ids.slice(0, 2));
    expect(await found(shop, { paymentReference: 'cash', cursor: first.nextCursor })).toEqual(ids.slice(2));
    expect(await found(shop, { paymentReference: 'cash', session: 'customer:bob' })).toEqual([ids[1]]);
    expect(await found(shop, { paymentReference: 'cash', status: 'cancelled' })).toEqual([]);
  });

  test('finds a payment that came too late, and forgets it with its order', async () => {
    await using shop = await open();
    const order = await begin(shop, 'ann', 'session-1');
    shop.clock.now = (order.payBefore ?? 0) + 1;
    yes(await shop.holdfast.stock.adjust({ sku: 'mug', delta: -1_000, reason: 'torn' }, OPERATOR));
    await confirm(shop, order, 'pi_late');
    expect(await found(shop, { paymentReference: 'pi_late', status: 'refund_due' })).toEqual([order.orderId]);
    shop.clock.now += DAY_MS;
    yes(await shop.holdfast.orders.purge({ status: 'refund_due', olderThanMs: 1 }, OPERATOR));
    expect(await by(shop, 'pi_late')).toEqual([]);
    expect(await shop.store.listDocuments({ list: 'by_owner', limit: 50 })).toEqual([]);
    await shop.soundAudit();
  });

  test('reports an entry without its order', async () => {
    await using shop = await open();
    const step = put('paid:hash:ord_gone', 'absent', { body: '', list: 'by_owner' });
    await shop.store.apply([transaction('stray', [step])]);
    const { violations } = yes(await shop.holdfast.audit());
    expect(violations).toMatchObject([{ rule: 'owner_has_the_order', expected: 'order:ord_gone' }]);
  });
});
