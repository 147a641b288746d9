import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const { holdTtlMs, orderRetentionMs } = DEFAULT_SETTINGS;
const [phone, desk] = [shopper('phone', 'customer:ann'), shopper('desk', 'customer:ann')];
const [bob, stranger] = [shopper('bob', 'customer:bob'), shopper('stranger')];
type Buyer = typeof phone;

describe.each(engines)('limits for each customer on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (limitPerCustomer?: number): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('cup', { units: 100, ...(limitPerCustomer === undefined ? {} : { limitPerCustomer }) });
    return shop;
  };
  const limitTo = async ({ holdfast }: Shop, limitPerCustomer: number | null) =>
    yes(await holdfast.stock.define({ sku: 'cup', limitPerCustomer }, OPERATOR));
  const add = ({ holdfast }: Shop, call: Buyer, quantity: number) =>
    holdfast.carts.add({ sku: 'cup', quantity }, call());
  const buy = async (shop: Shop, call: Buyer, quantity: number) => {
    yes(await add(shop, call, quantity));
    return yes(await shop.holdfast.checkout.place({}, call(`pay-${shop.clock.now}`)));
  };
  /** The limit's room, asked for by best effort: what is granted is given back. */
  const roomOf = async (shop: Shop, call: Buyer): Promise<number> => {
    const result = await shop.holdfast.carts.add({ sku: 'cup', quantity: 99, mode: 'best_effort' }, call());
    if (!result.ok) return 0;
    const { lines, granted } = result.value;
    const quantity = (lines[0]?.quantity ?? 0) - granted;
    yes(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity }, call()));
    return granted;
  };
  const exceeds = (limit: number, already: number) => ({
    reason: 'limit_exceeded',
    meta: { sku: 'cup', limit, already },
  });

  test('live holds and orders of all sessions of a customer count together, and for nobody else', async () => {
    await using shop = await open(5);
    await buy(shop, phone, 2);
    yes(await add(shop, phone, 1));
    yes(await add(shop, desk, 1));
    expect(no(await add(shop, desk, 2))).toEqual(exceeds(5, 4));
    expect(no(await add(shop, shopper('tablet', 'customer:ann'), 2))).toEqual(exceeds(5, 4));
    expect([await roomOf(shop, bob), await roomOf(shop, stranger)]).toEqual([5, 5]);
    expect(no(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity: 3 }, desk()))).toEqual(exceeds(5, 4));
    await shop.soundAudit();
  });

  test('units that are released, expired, cancelled or returned count no more', async () => {
    await using shop = await open(5);
    const { carts, checkout, orders, expiry } = shop.holdfast;
    yes(await add(shop, phone, 5));
    yes(await carts.remove({ sku: 'cup' }, phone()));
    expect(await roomOf(shop, desk)).toBe(5);
    yes(await add(shop, phone, 4));
    shop.clock.now += holdTtlMs;
    expect(await roomOf(shop, desk)).toBe(5);
    await expiry.sweepNow();
    yes(await carts.empty({}, phone()));
    yes(await add(shop, phone, 3));
    const begun = yes(await checkout.begin({}, phone('begin')));
    expect(await roomOf(shop, desk)).toBe(2);
    yes(await checkout.cancel({ orderId: begun.orderId }, phone()));
    expect(await roomOf(shop, desk)).toBe(5);
    const { orderId } = await buy(shop, phone, 5);
    expect(await roomOf(shop, desk)).toBe(0);
    const returned = { orderId, lines: [{ sku: 'cup', quantity: 2 }], restock: false, reason: 'broken' };
    yes(await orders.return(returned, { ...OPERATOR, idempotencyKey: 'back' }));
    expect(await roomOf(shop, desk)).toBe(2);
    await shop.soundAudit();
  });

  test('a limit that is set later finds what a customer holds and has bought', async () => {
    await using shop = await open();
    await buy(shop, phone, 3);
    yes(await add(shop, desk, 1));
    await limitTo(shop, 5);
    expect(no(await add(shop, desk, 2))).toEqual(exceeds(5, 4));
    expect(await roomOf(shop, phone)).toBe(1);
  });

  test('of an anonymous session a limit that is set later finds the line that grows', async () => {
    await using shop = await open();
    yes(await add(shop, stranger, 4));
    await limitTo(shop, 5);
    expect(no(await add(shop, stranger, 2))).toEqual(exceeds(5, 4));
    yes(await add(shop, stranger, 1));
    await shop.soundAudit();
  });

  test('a limit that is lowered takes nothing away, and lets nothing in', async () => {
    await using shop = await open(6);
    yes(await add(shop, phone, 3));
    yes(await add(shop, desk, 3));
    await limitTo(shop, 4);
    expect(no(await add(shop, phone, 1))).toEqual(exceeds(4, 6));
    yes(await shop.holdfast.carts.extend({}, phone()));
    yes(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity: 2 }, phone()));
    expect(no(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity: 3 }, phone()))).toEqual(exceeds(4, 5));
    expect(yes(await shop.holdfast.checkout.place({}, desk('pay'))).lines).toMatchObject([{ quantity: 3 }]);
    await limitTo(shop, null);
    yes(await add(shop, phone, 50));
    await limitTo(shop, 60);
    expect(await roomOf(shop, desk)).toBe(60 - 3 - 52);
    await shop.soundAudit();
  });

  test('an order that is forgotten after its retention counts no more', async () => {
    await using shop = await open(5);
    await buy(shop, phone, 3);
    shop.clock.now += 86_400_000;
    await buy(shop, desk, 2);
    expect(await roomOf(shop, phone)).toBe(0);
    shop.clock.now += orderRetentionMs - 86_400_000;
    await shop.holdfast.expiry.sweepNow();
    expect(await roomOf(shop, phone)).toBe(3);
    await shop.soundAudit();
  });

  test('bug 9: a shopper is not blocked by their own hold, whichever session took it', async () => {
    await using shop = await open(5);
    yes(await add(shop, phone, 5));
    yes(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity: 5 }, phone()));
    const from = { cartId: 'crt_phone', customer: 'customer:ann' };
    const { cart, changes } = yes(await shop.holdfast.carts.merge({ from }, desk()));
    expect(cart.lines).toMatchObject([{ sku: 'cup', quantity: 5 }]);
    expect(changes).toEqual([]);
    yes(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity: 5 }, desk()));
    expect(yes(await shop.holdfast.checkout.place({}, desk('pay'))).lines).toMatchObject([{ quantity: 5 }]);
    expect(await roomOf(shop, phone)).toBe(0);
    await shop.soundAudit();
  });

  test('twenty sessions of one customer at once never get more than the limit together', async () => {
    await using shop = await open(7);
    const other = await shop.another(engine);
    const sessions = Array.from({ length: 20 }, (_, index) => shopper(`s${index}`, 'customer:ann'));
    const granted = await Promise.all(
      sessions.map(async (call, index) => {
        const { carts } = index % 2 === 0 ? shop.holdfast : other;
        const result = await carts.add({ sku: 'cup', quantity: 2, mode: 'best_effort' }, call());
        return result.ok ? result.value.granted : 0;
      }),
    );
    expect(granted.reduce((sum, units) => sum + units)).toBe(7);
    expect((await shop.units('cup'))[1]).toBe(7);
    await shop.soundAudit();
  });
});
