import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cartKey } from '../../src/transact/documents/names.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const [ann, bob] = [shopper('ann'), shopper('bob')];

describe.each(engines)('writing off units on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** 10 mugs: 2 sold, 3 in the cart of Ann, 2 in an order of Bob that awaits payment since later, 3 free. */
  const open = async () => {
    const shop = await openShopWith(engine, { settings: { sellAt: 'dispatch' } });
    const { carts, checkout } = shop.holdfast;
    await shop.supply('mug', { units: 10 });
    await shop.supply('cup', { units: 5 });
    yes(await carts.add({ sku: 'mug', quantity: 2 }, ann()));
    const sold = yes(await checkout.place({}, ann('pay')));
    shop.clock.now += 1;
    const cart = yes(await carts.add({ sku: 'mug', quantity: 3 }, ann()));
    shop.clock.now += 1;
    yes(await carts.add({ sku: 'mug', quantity: 2 }, bob()));
    yes(await carts.add({ sku: 'cup', quantity: 1 }, bob()));
    const begun = yes(await checkout.begin({}, bob('begin')));
    return { shop, sold, begun, annsHold: cart.lines[0]?.holdId ?? '' };
  };
  const writeOff = (shop: Shop, quantity: number, takeFrom: 'available' | 'newest_holds', key?: string) => {
    const input = { sku: 'mug', quantity, reason: 'water damage', takeFrom };
    return shop.holdfast.stock.writeOff(input, key === undefined ? OPERATOR : { ...OPERATOR, idempotencyKey: key });
  };

  test('takes free units first, and never held or sold ones with `available`', async () => {
    const { shop } = await open();
    await using _ = shop;
    expect(yes(await writeOff(shop, 2, 'available'))).toMatchObject({ onHand: 8, available: 1, endedHolds: [] });
    expect(no(await writeOff(shop, 2, 'available'))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 8, reserved: 5, committed: 2 },
    });
    // Without the sold ones there are only six, so no hold is ended, and the refusal says what is reserved.
    expect(no(await writeOff(shop, 7, 'newest_holds'))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 8, reserved: 5, committed: 2 },
    });
    expect(yes(await writeOff(shop, 1, 'newest_holds'))).toMatchObject({ onHand: 7, available: 0, endedHolds: [] });
    await shop.soundAudit();
  });

  test('ends the newest holds that are needed: an unpaid order expires, and its buyer can still pay if units are left', async () => {
    const { shop, begun } = await open();
    await using _ = shop;
    const { orders, stock, carts } = shop.holdfast;
    const written = yes(await writeOff(shop, 4, 'newest_holds', 'damage-1'));
    expect(written).toMatchObject({ onHand: 6, reserved: 3, committed: 2, available: 1 });
    expect(written.endedHolds).toHaveLength(1);
    expect(yes(await orders.get({ orderId: begun.orderId }, bob())).status).toBe('expired');
    expect(yes(await stock.level({ sku: 'cup' })).reserved).toBe(0);
    expect(yes(await carts.get({}, ann())).lines).toHaveLength(1);
    expect(yes(await writeOff(shop, 4, 'newest_holds', 'damage-1'))).toEqual(written);
    await shop.soundAudit();
  });

  test('then the lines of carts are lost, and sold units never', async () => {
    const { shop, sold, annsHold } = await open();
    await using _ = shop;
    const { orders, carts, events } = shop.holdfast;
    const written = yes(await writeOff(shop, 6, 'newest_holds'));
    expect(written).toMatchObject({ onHand: 4, reserved: 0, committed: 2, available: 2 });
    expect(written.endedHolds).toContain(annsHold);
    const cart = yes(await carts.get({}, ann()));
    expect(cart).toMatchObject({ lines: [], expired: [{ sku: 'mug', quantity: 3 }] });
    const [stored] = await shop.store.read([{ documents: [cartKey(cart.cartId)] }]);
    expect(stored?.documents[0]?.record.holds, 'the line is deleted, not only shown as lost').toEqual([]);
    expect(no(await writeOff(shop, 3, 'newest_holds'))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 4, reserved: 0, committed: 2 },
    });
    expect(yes(await orders.fulfil({ orderId: sold.orderId }, OPERATOR)).status).toBe('fulfilled');
    const [event] = yes(await events.list({})).items;
    expect(event).toMatchObject({ what: 'stock.writeOff', after: { quantity: 6, endedHolds: written.endedHolds } });
    expect(
      no(
        await shop.holdfast.stock.writeOff({ sku: 'none', quantity: 1, reason: 'r', takeFrom: 'available' }, OPERATOR),
      ),
    ).toEqual({ reason: 'unknown_sku', meta: { sku: 'none' } });
    await shop.soundAudit();
  });

  test('while shoppers buy at the same time, nothing is sold twice and nothing is lost', async () => {
    const { shop } = await open();
    await using _ = shop;
    const { carts, checkout } = shop.holdfast;
    const buyers = Array.from({ length: 12 }, async (__, index) => {
      const call = shopper(`buyer-${index}`);
      const added = await carts.add({ sku: 'mug', quantity: 1 }, call());
      return added.ok ? checkout.place({}, call('pay')) : added;
    });
    const losses = Array.from({ length: 4 }, () => writeOff(shop, 1, 'newest_holds'));
    const [bought, lost] = await Promise.all([Promise.all(buyers), Promise.all(losses)]);
    const soldNow = bought.filter(({ ok }) => ok).length;
    const { onHand, committed } = yes(await shop.holdfast.stock.level({ sku: 'mug' }));
    expect([onHand, committed]).toEqual([10 - lost.filter(({ ok }) => ok).length, 2 + soldNow]);
    await shop.soundAudit();
  });
});
