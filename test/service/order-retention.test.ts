import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const DAY_MS = 86_400_000;
const ann = shopper('ann');
const contact = { name: 'Ann Lee', email: 'ann@shop.example', phone: '+49 30 1234567' };

describe.each(engines)('the retention of orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (settings = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings });
    await shop.supply('mug', { units: 100 });
    return shop;
  };
  let keys = 0;
  const order = async (shop: Shop, kind: 'begin' | 'place' = 'begin'): Promise<Order> => {
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, ann()));
    return yes(await shop.holdfast.checkout[kind]({ contact }, ann(`key ${(keys += 1)}`)));
  };
  const find = async (shop: Shop, { orderId }: Order) => {
    await shop.holdfast.expiry.sweepNow();
    return shop.holdfast.orders.get({ orderId }, OPERATOR);
  };

  test.each(['cancelled', 'expired'] as const)('an unpaid order that is %s is kept for a day', async (status) => {
    await using shop = await open();
    const unpaid = await order(shop);
    if (status === 'cancelled') yes(await shop.holdfast.checkout.cancel({ orderId: unpaid.orderId }, ann()));
    else shop.clock.now = unpaid.payBefore!;
    expect(yes(await find(shop, unpaid))).toMatchObject({ status, contact });
    shop.clock.now += DAY_MS - 1;
    expect(yes(await find(shop, unpaid))).toMatchObject({ status, contact });
    shop.clock.now += 1;
    expect(no(await find(shop, unpaid)).reason).toBe('unknown_order');
    expect(yes(await shop.holdfast.orders.mine({}, ann())).items).toEqual([]);
    await shop.soundAudit();
  });

  test('an unpaid order that is kept longer loses its contact after a day', async () => {
    await using shop = await open({ unpaidOrderRetentionMs: 3 * DAY_MS });
    const unpaid = await order(shop);
    yes(await shop.holdfast.checkout.cancel({ orderId: unpaid.orderId }, ann()));
    shop.clock.now += DAY_MS;
    expect(yes(await find(shop, unpaid))).not.toHaveProperty('contact');
    shop.clock.now += 2 * DAY_MS - 1;
    yes(await find(shop, unpaid));
    shop.clock.now += 1;
    expect(no(await find(shop, unpaid)).reason).toBe('unknown_order');
  });

  test.each(['place', 'begin'] as const)('a paid order loses its contact after 30 days (%s)', async (kind) => {
    await using shop = await open();
    const paid = await order(shop, kind);
    const { checkout } = shop.holdfast;
    if (kind === 'begin') yes(await checkout.confirm({ orderId: paid.orderId, paymentReference: 'p' }, OPERATOR));
    const endedAt = shop.clock.now;
    shop.clock.now = endedAt + 30 * DAY_MS - 1;
    const before = yes(await find(shop, paid));
    expect(before).toMatchObject({ status: 'placed', contact });
    shop.clock.now += 1;
    const { contact: _, ...rest } = before;
    expect(yes(await find(shop, paid))).toEqual(rest);
    shop.clock.now = endedAt + 365 * DAY_MS - 1;
    expect(yes(await find(shop, paid))).toEqual(rest);
    shop.clock.now += 1;
    expect(no(await find(shop, paid)).reason).toBe('unknown_order');
    await shop.soundAudit();
  });

  test('an expired order that is paid late keeps its contact from the payment on', async () => {
    await using shop = await open({ unpaidOrderRetentionMs: 3 * DAY_MS });
    const late = await order(shop);
    shop.clock.now = late.payBefore! + DAY_MS - 1;
    await shop.holdfast.expiry.sweepNow();
    yes(await shop.holdfast.checkout.confirm({ orderId: late.orderId, paymentReference: 'p' }, OPERATOR));
    shop.clock.now += 30 * DAY_MS - 1;
    expect(yes(await find(shop, late))).toMatchObject({ status: 'placed', contact });
    shop.clock.now += 1;
    expect(yes(await find(shop, late))).not.toHaveProperty('contact');
  });

  test('a return leaves the deletion of the contact as it is', async () => {
    await using shop = await open();
    const placed = await order(shop, 'place');
    shop.clock.now += 10 * DAY_MS;
    const lines = [{ sku: 'mug', quantity: 1 }];
    const back = { orderId: placed.orderId, lines, restock: true, reason: 'broken' };
    yes(await shop.holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'r' }));
    shop.clock.now += 20 * DAY_MS;
    expect(yes(await find(shop, placed))).not.toHaveProperty('contact');
    await shop.soundAudit();
  });
});
