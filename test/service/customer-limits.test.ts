import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { Result } from '../../src/contract/calls/call.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const { holdTtlMs, orderRetentionMs } = DEFAULT_SETTINGS;
const [phone, desk] = [shopper('phone', 'customer:ann'), shopper('desk', 'customer:ann')];
const [bob, stranger] = [shopper('bob', 'customer:bob'), shopper('stranger')];
type Buyer = typeof phone;

describe.each(engines)('limits per customer on $name', (engine) => {
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
  /** Returns the units left under the limit, by a best-effort addition that is undone. */
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

  test('counts live holds and orders of all sessions of a customer, and only for this customer', async () => {
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

  test('stops counting units that are released, expired, cancelled or returned', async () => {
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

  test('counts what a customer holds and has bought before the limit was set', async () => {
    await using shop = await open();
    await buy(shop, phone, 3);
    yes(await add(shop, desk, 1));
    await limitTo(shop, 5);
    expect(no(await add(shop, desk, 2))).toEqual(exceeds(5, 4));
    expect(await roomOf(shop, phone)).toBe(1);
  });

  test('counts a growing line of an anonymous session under a limit that was set later', async () => {
    await using shop = await open();
    yes(await add(shop, stranger, 4));
    await limitTo(shop, 5);
    expect(no(await add(shop, stranger, 2))).toEqual(exceeds(5, 4));
    yes(await add(shop, stranger, 1));
    await shop.soundAudit();
  });

  test('neither takes units away nor grants more when a limit is lowered', async () => {
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

  test('stops counting an order that is deleted after its retention', async () => {
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

  test('bug 9: does not block a shopper by their own hold of another session', async () => {
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

  test('never grants twenty concurrent sessions of a customer more than the limit', async () => {
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

  // An order stores whether its units count. The limit decides that, and may change after the order's read.
  describe.each([
    [null, 5],
    [5, null],
  ])('a limit that changes from %s to %s while units are sold', (from, to) => {
    const items = [{ sku: 'cup', quantity: 2 }];
    const ways: Record<string, (shop: Shop, meddled: Shop['holdfast']) => Promise<Result<Order>>> = {
      'without a cart': (_, meddled) => meddled.checkout.place({ items }, stranger('sale')),
      'from a cart, with more items': async ({ holdfast }, meddled) => {
        yes(await holdfast.carts.add({ sku: 'cup', quantity: 1 }, stranger()));
        return meddled.checkout.place({ items }, stranger('sale'));
      },
      'from an order that has expired': async (shop, meddled) => {
        yes(await add(shop, stranger, 2));
        const { orderId } = yes(await shop.holdfast.checkout.begin({}, stranger('begin')));
        shop.clock.now += DEFAULT_SETTINGS.paymentWindowMs + 1;
        await shop.holdfast.expiry.sweepNow();
        return meddled.checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR);
      },
    };

    test.each(Object.keys(ways))('keeps the order and the count consistent: sold %s', async (way) => {
      await using shop = await open(from ?? undefined);
      const hooks: Hooks = {};
      await using meddled = createMeddled(shop, hooks);
      hooks.beforeApply = async () => {
        delete hooks.beforeApply;
        await limitTo(shop, to);
      };
      const { orderId, lines } = yes(await (ways[way] as (typeof ways)[string])(shop, meddled.holdfast));
      await shop.soundAudit();
      const sold = lines.map(({ sku, quantity }) => ({ sku, quantity }));
      const back = { orderId, lines: sold, restock: true, reason: 'test' };
      yes(await shop.holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'back' }));
      await limitTo(shop, 5);
      expect(await roomOf(shop, stranger)).toBe(5);
      await shop.soundAudit();
    });
  });

  test('sells a hold that began to count after the read as one that counts', async () => {
    await using shop = await open();
    yes(await add(shop, stranger, 2));
    const hooks: Hooks = {};
    await using meddled = createMeddled(shop, hooks);
    hooks.beforeApply = async () => {
      delete hooks.beforeApply;
      await limitTo(shop, 5);
      const set = (quantity: number) => shop.holdfast.carts.setQuantity({ sku: 'cup', quantity }, stranger());
      yes(await set(3));
      yes(await set(2));
    };
    const { orderId, lines } = yes(await meddled.holdfast.checkout.place({}, stranger('sale')));
    expect(lines).toMatchObject([{ quantity: 2 }]);
    expect(await roomOf(shop, stranger)).toBe(3);
    const back = { orderId, lines: [{ sku: 'cup', quantity: 2 }], restock: true, reason: 'test' };
    yes(await shop.holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'back' }));
    expect(await roomOf(shop, stranger)).toBe(5);
    await shop.soundAudit();
  });
});

/** Opens a second process of the shop. `hooks` may delay its calls to the store. */
function createMeddled(shop: Shop, hooks: Hooks) {
  const holdfast = createHoldfast({
    store: hookedStore(shop.store, hooks),
    now: () => shop.clock.now,
    settings: { sellAt: 'sale' },
  });
  return { holdfast, [Symbol.asyncDispose]: () => holdfast.close() };
}
