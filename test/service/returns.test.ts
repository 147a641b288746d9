import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
type Lines = { sku: string; quantity: number }[];

describe.each(engines)('returns on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A shop with 10 mugs and 5 cups, of which 4 and 2 are sold. */
  const open = async (): Promise<{ shop: Shop; order: Order }> => {
    const shop = await openShopWith(engine);
    await shop.supply('mug', { units: 10 });
    await shop.supply('cup', { units: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 4 }, ann()));
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, ann()));
    return { shop, order: yes(await shop.holdfast.checkout.place({}, ann('pay'))) };
  };
  let keys = 0;
  const giveBack = (shop: Shop, orderId: string, lines: Lines, options: { restock?: boolean; key?: string } = {}) => {
    const { restock = true, key = `return ${(keys += 1)}` } = options;
    const input = { orderId, lines, restock, reason: 'too small' };
    return shop.holdfast.orders.return(input, { ...OPERATOR, idempotencyKey: key });
  };
  const mugs = (...quantities: number[]): Lines => quantities.map((quantity) => ({ sku: 'mug', quantity }));
  const exceeds = (sku: string) => ({ reason: 'return_exceeds_sold', meta: { sku } });

  test('puts units on hand again with restock; without it, only reduces the sold units', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    const returned = yes(await giveBack(shop, order.orderId, mugs(1)));
    expect(returned).toMatchObject({
      status: 'placed',
      lines: [{ sku: 'mug', quantity: 4, returned: 1 }, { returned: 0 }],
    });
    expect([await shop.units('mug'), await shop.sold('mug')]).toEqual([[7, 0, 7], 3]);
    yes(await giveBack(shop, order.orderId, [...mugs(2), { sku: 'cup', quantity: 2 }], { restock: false }));
    expect([await shop.units('mug'), await shop.sold('mug')]).toEqual([[7, 0, 7], 1]);
    expect([await shop.units('cup'), await shop.sold('cup')]).toEqual([[3, 0, 3], 0]);
    expect(yes(await shop.holdfast.orders.get({ orderId: order.orderId }, ann())).lines).toMatchObject([
      { returned: 3 },
      { returned: 2 },
    ]);
    const [movement] = yes(await shop.holdfast.stock.history({ sku: 'mug' })).movements;
    expect(movement).toMatchObject({
      kind: 'returned',
      quantity: 2,
      orderId: order.orderId,
      cause: { reason: 'too small' },
    });
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 6, returned: 5 });
  });

  test('accepts at most the units sold and not returned yet; a refusal changes nothing', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    const { orderId } = order;
    expect(no(await giveBack(shop, orderId, mugs(5)))).toEqual(exceeds('mug'));
    yes(await giveBack(shop, orderId, mugs(3)));
    expect(no(await giveBack(shop, orderId, [{ sku: 'cup', quantity: 1 }, ...mugs(2)]))).toEqual(exceeds('mug'));
    expect(no(await giveBack(shop, orderId, [{ sku: 'lid', quantity: 1 }]))).toEqual(exceeds('lid'));
    expect(await shop.units('cup')).toEqual([3, 0, 3]);
    yes(await giveBack(shop, orderId, mugs(1)));
    expect(no(await giveBack(shop, orderId, mugs(1)))).toEqual(exceeds('mug'));
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('bug 2: adds up several entries of one SKU before the check', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    expect(no(await giveBack(shop, order.orderId, mugs(3, 2)))).toEqual(exceeds('mug'));
    expect(no(await giveBack(shop, order.orderId, mugs(1, 1, 1, 1, 1)))).toEqual(exceeds('mug'));
    expect(yes(await giveBack(shop, order.orderId, mugs(3, 1))).lines[0]).toMatchObject({ returned: 4 });
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('does not accept units that another order has sold', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 6 }, shopper('bob')()));
    yes(await shop.holdfast.checkout.place({}, shopper('bob')('pay')));
    expect(no(await giveBack(shop, order.orderId, mugs(5)))).toEqual(exceeds('mug'));
    yes(await giveBack(shop, order.orderId, mugs(3)));
    expect(no(await giveBack(shop, order.orderId, mugs(2)))).toEqual(exceeds('mug'));
    yes(await giveBack(shop, order.orderId, mugs(1)));
    expect(no(await giveBack(shop, order.orderId, mugs(1)))).toEqual(exceeds('mug'));
    expect(await shop.sold('mug')).toBe(6);
  });

  test('returns units once for repeated and concurrent calls with one key', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    const other = await shop.another(engine);
    const input = { orderId: order.orderId, lines: mugs(2), restock: true, reason: 'r' };
    const call = { ...OPERATOR, idempotencyKey: 'k' };
    const results = await Promise.all(
      [shop.holdfast, other, shop.holdfast].map((one) => one.orders.return(input, call)),
    );
    for (const result of results) expect(yes(result).lines[0]).toMatchObject({ returned: 2 });
    expect(await shop.units('mug')).toEqual([8, 0, 8]);
    expect(no(await shop.holdfast.orders.return({ ...input, restock: false }, call)).reason).toBe(
      'idempotency_mismatch',
    );
    expect(no(await shop.holdfast.orders.return(input, OPERATOR)).reason).toBe('invalid_input');
  });

  test('accepts the last units from one of two concurrent returns', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    const other = await shop.another(engine);
    const call = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });
    const input = { orderId: order.orderId, lines: mugs(3), restock: true, reason: 'r' };
    const results = await Promise.all([
      shop.holdfast.orders.return(input, call('a')),
      other.orders.return(input, call('b')),
    ]);
    expect(results.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    expect(await shop.units('mug')).toEqual([9, 0, 9]);
    await shop.soundAudit();
  });

  test('bug 5: only returns units that were sold, independent of the payment', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    const { checkout, carts, expiry } = shop.holdfast;
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    const { orderId, payBefore } = yes(await checkout.begin({}, ann('begin')));
    const state = async (status: string) => {
      const refusal = { reason: 'order_state', meta: { orderId, status } };
      expect(no(await giveBack(shop, orderId, mugs(1)))).toEqual(refusal);
    };
    await state('awaiting_payment');
    shop.clock.now = payBefore!;
    await state('expired');
    yes(await shop.holdfast.stock.count({ sku: 'mug', onHand: 0 }, OPERATOR));
    expect(no(await checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR)).reason).toBe('payment_too_late');
    await state('refund_due');
    expect(no(await giveBack(shop, 'ord_none', mugs(1))).reason).toBe('unknown_order');
    // The order was refunded and cancelled elsewhere. In Holdfast units only come back by a return.
    expect(no(await checkout.cancel({ orderId: order.orderId }, OPERATOR)).reason).toBe('order_state');
    yes(await giveBack(shop, order.orderId, mugs(4)));
    expect(no(await checkout.cancel({ orderId: order.orderId }, OPERATOR)).reason).toBe('order_state');
    yes(await carts.add({ sku: 'mug', quantity: 2 }, shopper('bob')()));
    shop.clock.now += shop.holdfast.settings.cartTtlMs;
    await expiry.sweepNow();
    expect(shop.holdfast.stats()).toMatchObject({ cartsExpired: 1, expiryFailures: 0 });
    expect(await shop.units('mug')).toEqual([4, 0, 4]);
    await shop.soundAudit();
  });

  test('refuses a return beyond the maximum on hand', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    yes(await shop.holdfast.stock.count({ sku: 'mug', onHand: 1_000_000_000_000 }, OPERATOR));
    const refusal = no(await giveBack(shop, order.orderId, mugs(1)));
    expect(refusal).toEqual({ reason: 'stock_overflow', meta: { sku: 'mug' } });
    expect(yes(await shop.holdfast.orders.get({ orderId: order.orderId }, ann())).lines[0]).toMatchObject({
      returned: 0,
    });
  });

  test('keeps an order as long after a return as without one', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    shop.clock.now += shop.holdfast.settings.orderRetentionMs - 1;
    yes(await giveBack(shop, order.orderId, mugs(1)));
    shop.clock.now += 1;
    await shop.holdfast.expiry.sweepNow();
    expect(no(await shop.holdfast.orders.get({ orderId: order.orderId }, ann())).reason).toBe('unknown_order');
  });
});
