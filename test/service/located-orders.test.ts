import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Settings } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { allocated, openLocatedShop } from '../support/located-shop.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const ben = shopper('ben');
const once = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

describe.each(engines)('orders over several locations on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** 10 cups in `first`, 15 in `second`. Units leave at the dispatch. */
  const open = (settings: Partial<Settings> = {}) =>
    openLocatedShop(engine, {
      locations: ['first', 'second'],
      settings: { sellAt: 'dispatch', ...settings },
      stock: { cup: { first: 10, second: 15 } },
    });

  type Shop = Awaited<ReturnType<typeof open>>;
  /** Sells 13 cups: 10 of the first location and 3 of the second. */
  const sell = async ({ holdfast: { carts, checkout } }: Shop) => {
    yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    return yes(await checkout.place({}, ann('place')));
  };

  test('an order has its units where the cart had them, and dispatches them there', async () => {
    await using shop = await open();
    const { orders } = shop.holdfast;
    const order = await sell(shop);
    expect(order.lines).toMatchObject([{ sku: 'cup', quantity: 13, fulfilled: 0, returned: 0 }]);
    expect(allocated(order)).toEqual({ cup: { first: 10, second: 3 } });
    expect(yes(await orders.get({ orderId: order.orderId }, ann()))).toEqual(order);
    const { orderId } = order;
    const line = { sku: 'cup', quantity: 2, location: 'second' };
    const sent = yes(await orders.fulfil({ orderId, lines: [line] }, OPERATOR));
    expect(sent.lines).toMatchObject([{ quantity: 13, fulfilled: 2 }]);
    expect(await shop.counters('cup')).toMatchObject({ first: [10, 0, 10], second: [13, 0, 1] });
    expect(no(await orders.fulfil({ orderId, lines: [line] }, OPERATOR))).toEqual({
      reason: 'exceeds_unfulfilled',
      meta: { sku: 'cup', unfulfilled: 1 },
    });
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 4 }] }, OPERATOR));
    expect(await shop.counters('cup')).toMatchObject({ first: [6, 0, 6], second: [13, 0, 1] });
    expect(yes(await orders.fulfil({ orderId }, OPERATOR))).toMatchObject({
      status: 'fulfilled',
      lines: [{ fulfilled: 13 }],
    });
    expect(await shop.counters('cup')).toMatchObject({ first: [0, 0, 0], second: [12, 0, 0] });
    await shop.soundAudit();
  });

  test('units return to where they left, or to a given location', async () => {
    await using shop = await open({ sellAt: 'sale' });
    const { orders } = shop.holdfast;
    const { orderId } = await sell(shop);
    const back = async (key: string, quantity: number, location?: string) =>
      orders.return(
        {
          orderId,
          lines: [{ sku: 'cup', quantity, ...(location ? { location } : {}) }],
          restock: true,
          reason: 'torn',
        },
        once(key),
      );
    expect(yes(await back('a', 2)).lines).toMatchObject([{ returned: 2 }]);
    expect(await shop.counters('cup')).toMatchObject({ first: [2, 0, 0], second: [12, 0, 0] });
    yes(await back('b', 4, 'second'));
    expect(await shop.counters('cup')).toMatchObject({ first: [2, 0, 0], second: [16, 0, 0] });
    expect(no(await back('c', 8)).reason).toBe('return_exceeds_sold');
    expect(no(await back('d', 1, 'mars')).reason).toBe('unknown_location');
    yes(await shop.holdfast.locations.define({ id: 'third' }, OPERATOR));
    expect(yes(await back('e', 7, 'third')).lines).toMatchObject([{ returned: 13 }]);
    expect(yes(await shop.holdfast.stock.level({ sku: 'cup', location: 'third' })).onHand).toBe(7);
    await shop.soundAudit();
  });

  test('a line of an order shrinks by the least preferred units, and grows at any location', async () => {
    await using shop = await open();
    const { orders } = shop.holdfast;
    const { orderId } = await sell(shop);
    const set = async (quantity: number) =>
      allocated(yes(await orders.setLineQuantity({ orderId, sku: 'cup', quantity, reason: 'call' }, OPERATOR)));
    const cut = { orderId, sku: 'cup', quantity: 4, reason: 'call' };
    expect(allocated(yes(await orders.cancelLine(cut, OPERATOR)))).toEqual({ cup: { first: 9 } });
    expect(await set(20)).toEqual({ cup: { first: 10, second: 10 } });
    expect(await set(12)).toEqual({ cup: { first: 10, second: 2 } });
    expect(no(await orders.setLineQuantity({ orderId, sku: 'cup', quantity: 26, reason: 'call' }, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'cup', requested: 14, available: 13 }] },
    });
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 2, location: 'second' }] }, OPERATOR));
    expect(await set(14)).toEqual({ cup: { first: 10, second: 4 } });
    expect(yes(await orders.fulfil({ orderId }, OPERATOR)).status).toBe('fulfilled');
    await shop.soundAudit();
  });

  test('a checkout with items adds them to the line at any location', async () => {
    await using shop = await open();
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 8 }, ann()));
    const items = [{ sku: 'cup', quantity: 5 }];
    expect(no(await checkout.place({ items, locations: ['first'] }, ann('no')))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'cup', requested: 5, available: 2 }] },
    });
    const order = yes(await checkout.place({ items }, ann('yes')));
    expect(allocated(order)).toEqual({ cup: { first: 10, second: 3 } });
    const alone = yes(await checkout.place({ items, sourcing: 'fewest_parcels' }, ben('alone')));
    expect(allocated(alone)).toEqual({ cup: { second: 5 } });
    await shop.soundAudit();
  });

  test('items count together with the cart toward caps and limits', async () => {
    await using shop = await open({ holdUnitsMaxSession: 12 });
    const { carts, checkout } = shop.holdfast;
    for (const [name, customer] of [
      ['dan', null],
      ['eva', 'customer:eva'],
    ] as const) {
      const buyer = shopper(name, customer);
      yes(await carts.add({ sku: 'cup', quantity: 6, locations: ['first'] }, buyer()));
      const place = (quantity: number, key: string) =>
        checkout.place({ items: [{ sku: 'cup', quantity }], locations: ['second'] }, buyer(key));
      expect(no(await place(7, 'many'))).toMatchObject({ reason: 'hold_cap', meta: { limit: 12, held: 6 } });
      yes(await carts.empty({}, buyer()));
    }
    await shop.defineEverywhere('cup', { limitPerCustomer: 7 });
    yes(await carts.add({ sku: 'cup', quantity: 6, locations: ['first'] }, ann()));
    const items = [{ sku: 'cup', quantity: 2 }];
    expect(no(await checkout.place({ items, locations: ['second'] }, ann('limited'))).reason).toBe('limit_exceeded');
  });

  test('a cancelled order returns its parts to the cart', async () => {
    await using shop = await open();
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    const { orderId } = yes(await checkout.begin({}, ann('begin')));
    yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    yes(await checkout.cancel({ orderId, restoreCart: true }, ann()));
    expect(allocated(yes(await carts.get({}, ann())))).toEqual({ cup: { first: 10, second: 5 } });
    await shop.soundAudit();
  });

  test('units above the maximum of a line are not restored', async () => {
    await using shop = await open({ lineQuantityMax: 14 });
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    const { orderId } = yes(await checkout.begin({}, ann('begin')));
    yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    const order = yes(await checkout.cancel({ orderId, restoreCart: true }, ann()));
    expect(order.notRestored).toEqual([{ sku: 'cup', quantity: 1 }]);
    expect(yes(await carts.get({}, ann())).lines).toMatchObject([{ quantity: 14 }]);
    await shop.soundAudit();
  });

  test('a late payment sells from any locations that have the units', async () => {
    await using shop = await open();
    const { carts, checkout, locations } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    const late = yes(await checkout.begin({ paymentWindowMs: 1_000 }, ann('begin')));
    shop.clock.now += 2_000;
    yes(await carts.add({ sku: 'cup', quantity: 9 }, ben()));
    const paid = yes(await checkout.confirm({ orderId: late.orderId, paymentReference: 'pay_1' }, OPERATOR));
    expect([paid.status, allocated(paid)]).toEqual(['placed', { cup: { first: 1, second: 12 } }]);
    const again = yes(await checkout.begin({ paymentWindowMs: 1_000 }, ben('begin')));
    shop.clock.now += 2_000;
    yes(await locations.define({ id: 'first', active: false }, OPERATOR));
    expect(no(await checkout.confirm({ orderId: again.orderId, paymentReference: 'pay_2' }, OPERATOR)).reason).toBe(
      'payment_too_late',
    );
    await shop.soundAudit();
  });
});
