import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { Settings } from '../../src/contract/settings.ts';
import { ledgerFacts } from '../../src/shop/webhook/ledger-facts.ts';
import { engines } from '../support/engines.ts';
import { fulfil, transaction } from '../support/transactions.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const SETTINGS: Partial<Settings> = { sellAt: 'dispatch' };
const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

/** `[on hand, reserved, committed, available]`. */
async function units(shop: Shop, sku: string): Promise<number[]> {
  const { onHand, reserved, committed, available } = yes(await shop.holdfast.stock.level({ sku }));
  return [onHand, reserved, committed, available];
}

describe.each(engines)('orders that are sold before they are dispatched, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A shop with 10 mugs and 5 cups, of which 4 and 2 are sold and on hand. */
  const open = async (settings: Partial<Settings> = {}): Promise<{ shop: Shop; orderId: string; order: Order }> => {
    const shop = await openShopWith(engine, { settings: { ...SETTINGS, ...settings } });
    await shop.supply('mug', { units: 10, limitPerCustomer: 6, unitPrice: { amount: 500, currency: 'EUR' } });
    await shop.supply('cup', { units: 5, unitPrice: { amount: 300, currency: 'EUR' } });
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 4 }, ann()));
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, ann()));
    const order = yes(await shop.holdfast.checkout.place({}, ann('pay')));
    return { shop, orderId: order.orderId, order };
  };

  test('sold units stay on hand as committed, and nobody else can buy them', async () => {
    const { shop, order } = await open();
    await using _ = shop;
    expect(order).toMatchObject({ status: 'placed', lines: [{ quantity: 4, fulfilled: 0 }, { fulfilled: 0 }] });
    expect(await units(shop, 'mug')).toEqual([10, 0, 4, 6]);
    expect(shop.holdfast.stats()).toMatchObject({ holdsSold: 2, holdsReleased: 0 });
    const { stock, carts } = shop.holdfast;
    // The shelf still has all ten mugs, so a count finds ten, and six of them can be sold.
    yes(await stock.count({ sku: 'mug', onHand: 10 }, OPERATOR));
    yes(await stock.define({ sku: 'mug', limitPerCustomer: null }, OPERATOR));
    expect(no(await carts.add({ sku: 'mug', quantity: 7 }, shopper('bob')()))).toMatchObject({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested: 7, available: 6 }] },
    });
    expect(no(await stock.count({ sku: 'mug', onHand: 3 }, OPERATOR))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 10, reserved: 0, committed: 4 },
    });
    expect(no(await stock.adjust({ sku: 'mug', delta: -7, reason: 'x' }, OPERATOR)).reason).toBe('below_reserved');
    expect((await shop.soundAudit()).totals).toMatchObject({ onHand: 15, committed: 6, sold: 6, available: 9 });
  });

  test('units leave the stock at their dispatch, in parts, and the order ends with the last one', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders } = shop.holdfast;
    const some = { orderId, lines: [{ sku: 'mug', quantity: 3 }], trackingReference: 'parcel 1' };
    const first = yes(await orders.fulfil(some, keyed('one')));
    expect(first).toMatchObject({
      status: 'partially_fulfilled',
      trackingReferences: ['parcel 1'],
      lines: [{ quantity: 4, fulfilled: 3 }, { fulfilled: 0 }],
    });
    expect(yes(await orders.fulfil(some, keyed('one')))).toEqual(first);
    expect(await units(shop, 'mug')).toEqual([7, 0, 1, 6]);
    await shop.soundAudit();
    const rest = yes(await orders.fulfil({ orderId }, OPERATOR));
    expect(rest).toMatchObject({ status: 'fulfilled', lines: [{ fulfilled: 4 }, { fulfilled: 2 }] });
    expect([await units(shop, 'mug'), await units(shop, 'cup')]).toEqual([
      [6, 0, 0, 6],
      [3, 0, 0, 3],
    ]);
    expect(no(await orders.fulfil({ orderId }, OPERATOR))).toEqual({
      reason: 'order_state',
      meta: { orderId, status: 'fulfilled' },
    });
    const [movement] = yes(await shop.holdfast.stock.history({ sku: 'mug' })).movements;
    expect(movement).toMatchObject({ kind: 'fulfilled', quantity: 1, orderId, committed: { before: 1, after: 0 } });
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 6, committed: 0 });
  });

  test('a dispatch of more than is left, of an unknown line or of an unpaid order is refused and changes nothing', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders, carts, checkout } = shop.holdfast;
    const lines = [
      { sku: 'mug', quantity: 3 },
      { sku: 'mug', quantity: 2 },
    ];
    expect(no(await orders.fulfil({ orderId, lines }, OPERATOR))).toEqual({
      reason: 'exceeds_unfulfilled',
      meta: { sku: 'mug', unfulfilled: 4 },
    });
    const unknown = { orderId, lines: [{ sku: 'lamp', quantity: 1 }] };
    expect(no(await orders.fulfil(unknown, OPERATOR))).toEqual({ reason: 'unknown_sku', meta: { sku: 'lamp' } });
    expect(no(await orders.fulfil({ orderId: 'ord_nope' }, OPERATOR)).reason).toBe('unknown_order');
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const begun = yes(await checkout.begin({}, ann('begin')));
    expect(no(await orders.fulfil({ orderId: begun.orderId }, OPERATOR)).reason).toBe('order_state');
    expect(await units(shop, 'mug')).toEqual([10, 0, 4, 6]);
    await shop.soundAudit();
  });

  test('two dispatches of the same units at once: one of them is refused', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const other = await shop.another(engine, { settings: SETTINGS });
    const lines = [{ sku: 'mug', quantity: 3 }];
    const both = await Promise.all(
      [shop.holdfast, other].map(({ orders }) => orders.fulfil({ orderId, lines }, OPERATOR)),
    );
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await units(shop, 'mug')).toEqual([7, 0, 1, 6]);
    await shop.soundAudit();
  });

  test('cancelled units are available again and count no more for the customer', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders, carts } = shop.holdfast;
    const cancel = (sku: string, quantity: number) =>
      orders.cancelLine({ orderId, sku, quantity, reason: 'r' }, OPERATOR);
    expect(no(await cancel('mug', 5))).toEqual({
      reason: 'exceeds_unfulfilled',
      meta: { sku: 'mug', unfulfilled: 4 },
    });
    expect(yes(await cancel('mug', 3))).toMatchObject({
      status: 'placed',
      total: { amount: 1_100 },
      lines: [{ quantity: 1, fulfilled: 0 }, { quantity: 2 }],
    });
    expect(await units(shop, 'mug')).toEqual([10, 0, 1, 9]);
    yes(await carts.add({ sku: 'mug', quantity: 5 }, ann()));
    await shop.soundAudit();
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 2 }] }, OPERATOR));
    expect(yes(await cancel('mug', 1))).toMatchObject({
      status: 'fulfilled',
      lines: [{ quantity: 0 }, { fulfilled: 2 }],
    });
    expect(no(await cancel('mug', 1)).reason).toBe('order_state');
    await shop.soundAudit();
  });

  test('an order of which all units are cancelled is cancelled', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders } = shop.holdfast;
    yes(await orders.cancelLine({ orderId, sku: 'mug', quantity: 4, reason: 'r' }, OPERATOR));
    const ended = yes(await orders.cancelLine({ orderId, sku: 'cup', quantity: 2, reason: 'r' }, OPERATOR));
    expect(ended.status).toBe('cancelled');
    expect(shop.holdfast.stats()).toMatchObject({ holdsSold: 2, holdsReleased: 0 });
    expect([await units(shop, 'mug'), await units(shop, 'cup')]).toEqual([
      [10, 0, 0, 10],
      [5, 0, 0, 5],
    ]);
    await shop.soundAudit();
  });

  test('a line may be changed in both directions, within the stock and the limits', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders } = shop.holdfast;
    const set = (sku: string, quantity: number) =>
      orders.setLineQuantity({ orderId, sku, quantity, reason: 'r' }, OPERATOR);
    expect(yes(await set('cup', 5))).toMatchObject({ total: { amount: 3_500 }, lines: [{}, { quantity: 5 }] });
    expect(await units(shop, 'cup')).toEqual([5, 0, 5, 0]);
    expect(no(await set('cup', 6))).toMatchObject({ reason: 'insufficient_stock' });
    expect(no(await set('mug', 7))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'mug', limit: 6, already: 4 },
    });
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 2 }] }, OPERATOR));
    expect(no(await set('cup', 1)).reason).toBe('exceeds_unfulfilled');
    expect(yes(await set('cup', 2))).toMatchObject({ status: 'partially_fulfilled' });
    expect(no(await set('cup', 3))).toEqual({ reason: 'exceeds_unfulfilled', meta: { sku: 'cup', unfulfilled: 0 } });
    expect(await units(shop, 'cup')).toEqual([3, 0, 0, 3]);
    await shop.soundAudit();
  });

  test('the most units of a line include those that have left', async () => {
    const { shop, orderId } = await open({ lineQuantityMax: 4 });
    await using _ = shop;
    const { orders } = shop.holdfast;
    const set = (quantity: number) => orders.setLineQuantity({ orderId, sku: 'cup', quantity, reason: 'r' }, OPERATOR);
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 1 }] }, OPERATOR));
    expect(no(await set(5))).toEqual({ reason: 'quantity_limit', meta: { limit: 4 } });
    expect(yes(await set(4))).toMatchObject({ lines: [{}, { quantity: 4, fulfilled: 1 }] });
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 3 }] }, OPERATOR));
    expect(no(await set(5)).reason).toBe('exceeds_unfulfilled');
    await shop.soundAudit();
  });

  test('units that were sold before a limit was set keep not counting, also when the line grows', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders, stock, carts } = shop.holdfast;
    yes(await stock.define({ sku: 'cup', limitPerCustomer: 1 }, OPERATOR));
    yes(await orders.setLineQuantity({ orderId, sku: 'cup', quantity: 3, reason: 'r' }, OPERATOR));
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    yes(await orders.fulfil({ orderId }, OPERATOR));
    yes(await carts.remove({ sku: 'cup' }, ann()));
    expect(yes(await carts.add({ sku: 'cup', quantity: 1 }, ann())).granted).toBe(1);
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 7, committed: 0 });
  });

  test('a payment that is reported again after the dispatch has the same answer', async () => {
    const { shop } = await open({ holdUnitsMaxSession: 5 });
    await using _ = shop;
    const { carts, checkout, orders } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const { orderId } = yes(await checkout.begin({}, ann('begin')));
    const paid = { orderId, paymentReference: 'p' };
    yes(await checkout.confirm(paid, OPERATOR));
    // Units that were bought are not in the counts of the caps.
    await shop.soundAudit();
    yes(await orders.fulfil({ orderId }, OPERATOR));
    expect(yes(await checkout.confirm(paid, OPERATOR)).status).toBe('fulfilled');
    expect(no(await checkout.confirm({ ...paid, paymentReference: 'q' }, OPERATOR)).reason).toBe('order_state');
  });

  test('an order whose hold has other units than its line is not changed', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders, stock } = shop.holdfast;
    const { movements } = yes(await stock.history({ sku: 'mug' }));
    const holdId = movements.find(({ kind }) => kind === 'committed')?.holdId ?? '';
    await shop.store.apply([transaction('behind-the-back', [fulfil(holdId, 1)])]);
    const wrong = `order:${orderId} has 3 committed units of mug, not 4`;
    await expect(orders.fulfil({ orderId }, OPERATOR)).rejects.toThrow(wrong);
    await expect(orders.cancelLine({ orderId, sku: 'cup', quantity: 1, reason: 'r' }, OPERATOR)).rejects.toThrow(wrong);
    expect(yes(await orders.get({ orderId }, OPERATOR)).status).toBe('placed');
    const { violations } = yes(await shop.holdfast.audit());
    expect(violations).toMatchObject([{ rule: 'order_has_its_units', sku: 'mug' }]);
  });

  test('each dispatch and each change of a line is an event for webhooks', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders } = shop.holdfast;
    const change = { orderId, sku: 'mug', reason: 'r' };
    yes(await orders.cancelLine({ ...change, quantity: 1 }, OPERATOR));
    yes(await orders.setLineQuantity({ ...change, quantity: 4 }, OPERATOR));
    for (const quantity of [1, 2]) yes(await orders.fulfil({ orderId, lines: [{ sku: 'mug', quantity }] }, OPERATOR));
    yes(await orders.fulfil({ orderId }, OPERATOR));
    const { facts } = ledgerFacts(await shop.store.feed({ after: null, limit: 1_000 }), false);
    expect(facts.flatMap((fact) => (fact.kind === 'event' ? [fact.event.type] : []))).toEqual([
      'order.placed',
      'order.changed',
      'order.changed',
      'order.partially_fulfilled',
      'order.partially_fulfilled',
      'order.fulfilled',
    ]);
  });

  test('only dispatched units can be returned', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders } = shop.holdfast;
    let keys = 0;
    const giveBack = (quantity: number) =>
      orders.return(
        { orderId, lines: [{ sku: 'mug', quantity }], restock: true, reason: 'r' },
        keyed(`r${(keys += 1)}`),
      );
    expect(no(await giveBack(1))).toEqual({ reason: 'return_exceeds_sold', meta: { sku: 'mug' } });
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'mug', quantity: 3 }] }, OPERATOR));
    yes(await giveBack(2));
    expect(no(await giveBack(2)).reason).toBe('return_exceeds_sold');
    expect(await units(shop, 'mug')).toEqual([9, 0, 1, 8]);
    yes(await orders.fulfil({ orderId }, OPERATOR));
    expect(yes(await giveBack(2))).toMatchObject({ status: 'fulfilled', lines: [{ fulfilled: 4, returned: 4 }, {}] });
    await shop.soundAudit();
  });

  test('an order with units on hand is never deleted; it is kept from its last dispatch on', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { orders, expiry, settings } = shop.holdfast;
    shop.clock.now += 2 * settings.orderRetentionMs;
    await expiry.sweepNow();
    expect(yes(await orders.purge({ status: 'placed', olderThanMs: 0 }, OPERATOR))).toEqual({ count: 0 });
    yes(await orders.fulfil({ orderId }, OPERATOR));
    shop.clock.now += settings.orderRetentionMs - 1;
    await expiry.sweepNow();
    expect(yes(await orders.get({ orderId }, ann())).status).toBe('fulfilled');
    shop.clock.now += 1;
    await expiry.sweepNow();
    expect(no(await orders.get({ orderId }, ann())).reason).toBe('unknown_order');
    await shop.soundAudit();
  });

  test('a committed hold does not expire, and nobody can release it by itself', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const { holds, orders, stock } = shop.holdfast;
    const movements = yes(await stock.history({ sku: 'mug' })).movements;
    const holdId = movements.find(({ kind }) => kind === 'committed')?.holdId ?? '';
    expect(no(await holds.release({ holdId, reason: 'r' }, OPERATOR))).toEqual({
      reason: 'hold_not_active',
      meta: { holdId, state: 'committed' },
    });
    expect(yes(await holds.list({})).items).toEqual([]);
    expect(yes(await holds.top({ sku: 'mug', by: 'session' }))).toMatchObject({ units: 0, items: [] });
    expect(yes(await holds.releaseWhere({ sku: 'mug', reason: 'r' }, OPERATOR))).toEqual({ released: 0 });
    yes(await orders.redact({ orderId }, OPERATOR));
    yes(await orders.fulfil({ orderId }, OPERATOR));
    await shop.soundAudit();
  });

  test('a payment that arrives late commits its units as well', async () => {
    const { shop } = await open();
    await using _ = shop;
    const { carts, checkout, orders, expiry } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()));
    const { orderId, payBefore } = yes(await checkout.begin({}, ann('begin')));
    shop.clock.now = (payBefore ?? 0) + 1;
    await expiry.sweepNow();
    expect(await units(shop, 'cup')).toEqual([5, 0, 2, 3]);
    const paid = yes(await checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR));
    expect(paid).toMatchObject({ status: 'placed', lines: [{ quantity: 3, fulfilled: 0 }] });
    expect(await units(shop, 'cup')).toEqual([5, 0, 5, 0]);
    yes(await orders.fulfil({ orderId }, OPERATOR));
    await shop.soundAudit();
  });

  test('with SELL_AT=sale units leave at the sale, and orders of before keep to their terms', async () => {
    const { shop, orderId } = await open();
    await using _ = shop;
    const atOnce = await shop.another(engine, { settings: { sellAt: 'sale' } });
    yes(await atOnce.carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const sold = yes(await atOnce.checkout.place({}, ann('later')));
    expect(sold.lines[0]).not.toHaveProperty('fulfilled');
    expect(await units(shop, 'cup')).toEqual([4, 0, 2, 2]);
    const wrong = { reason: 'order_state', meta: { orderId: sold.orderId, status: 'placed' } };
    const line = { orderId: sold.orderId, sku: 'cup', quantity: 1, reason: 'r' };
    expect(no(await atOnce.orders.fulfil({ orderId: sold.orderId }, OPERATOR))).toEqual(wrong);
    const lines = [{ sku: 'cup', quantity: 1 }];
    expect(no(await atOnce.orders.fulfil({ orderId: sold.orderId, lines }, OPERATOR))).toEqual(wrong);
    expect(no(await atOnce.orders.cancelLine(line, OPERATOR))).toEqual(wrong);
    expect(no(await atOnce.orders.setLineQuantity({ ...line, quantity: 2 }, OPERATOR))).toEqual(wrong);
    yes(await atOnce.orders.fulfil({ orderId }, OPERATOR));
    expect(await units(shop, 'cup')).toEqual([2, 0, 0, 2]);
    await shop.soundAudit();
  });
});
