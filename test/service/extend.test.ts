import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const { holdTtlMs, holdLifetimeMaxMs, cartTtlMs } = DEFAULT_SETTINGS;
const [ann, bob] = [shopper('ann'), shopper('bob')];
const EUR = { amount: 500, currency: 'EUR' };

describe.each(engines)('more time for a cart, and best effort, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (settings = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings });
    for (const sku of ['cup', 'mug']) await shop.supply(sku, { units: 10, unitPrice: EUR });
    return shop;
  };
  const deadlines = ({ lines }: { lines: { sku: string; expiresAt: number }[] }) =>
    Object.fromEntries(lines.map(({ sku, expiresAt }) => [sku, expiresAt - START]));

  test('extends every line and the cart, and changes nothing else', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    shop.clock.now += 60_000;
    const before = yes(await carts.add({ sku: 'mug', quantity: 3 }, ann()));
    shop.clock.now += 60_000;
    const cart = yes(await carts.extend({}, ann('k')));
    expect(deadlines(cart)).toEqual({ cup: 120_000 + holdTtlMs, mug: 120_000 + holdTtlMs });
    expect(cart.expiresAt).toBe(START + 120_000 + cartTtlMs);
    expect(cart.lines.map(({ expiresAt: _, ...line }) => line)).toEqual(
      before.lines.map(({ expiresAt: _, ...line }) => line),
    );
    expect(cart.version).toBeGreaterThan(before.version);
    shop.clock.now += 60_000;
    expect(deadlines(yes(await carts.extend({}, ann('k'))))).toEqual(deadlines(cart));
    await shop.soundAudit();
  });

  test('caps each extension and the lifetime of a hold, after which the units are available', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 9 }, ann()));
    while (shop.clock.now + holdTtlMs < START + holdLifetimeMaxMs) {
      shop.clock.now += holdTtlMs - 1;
      const { lines } = yes(await carts.extend({}, ann()));
      expect(lines[0]!.expiresAt).toBe(Math.min(shop.clock.now + holdTtlMs, START + holdLifetimeMaxMs));
      yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
      yes(await carts.setQuantity({ sku: 'cup', quantity: 9 }, ann()));
    }
    shop.clock.now = START + holdLifetimeMaxMs - 1;
    expect(yes(await carts.extend({}, ann())).lines).toHaveLength(1);
    shop.clock.now += 1;
    expect(yes(await carts.add({ sku: 'cup', quantity: 10 }, bob())).granted).toBe(10);
    const cart = yes(await carts.extend({}, ann()));
    expect(cart).toMatchObject({ lines: [], expired: [{ sku: 'cup', quantity: 9 }] });
    await shop.soundAudit();
  });

  test('starts a new lifetime for a line that is removed and added again', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 9 }, ann()));
    shop.clock.now += holdTtlMs - 1;
    yes(await carts.remove({ sku: 'cup' }, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 5 }, bob()));
    expect(no(await carts.add({ sku: 'cup', quantity: 9 }, ann())).reason).toBe('insufficient_stock');
  });

  test('returns the holds of a cancelled order with their remaining lifetime', async () => {
    await using shop = await open();
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 9 }, ann()));
    for (let turn = 0; turn < 20 && shop.clock.now < START + holdLifetimeMaxMs - holdTtlMs; turn += 1) {
      shop.clock.now += holdTtlMs - 1;
      const { orderId } = yes(await checkout.begin({}, ann(`begin-${turn}`)));
      if (turn === 0) yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
      yes(await checkout.cancel({ orderId, restoreCart: true }, ann()));
      const { lines } = yes(await carts.extend({}, ann()));
      expect(lines).toMatchObject([{ sku: 'cup', quantity: 10 }]);
      expect(lines[0]!.expiresAt).toBeLessThanOrEqual(START + holdLifetimeMaxMs);
    }
    shop.clock.now = START + holdLifetimeMaxMs;
    expect(await shop.units('cup')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('reports an expired line without reviving it, and extends the others', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 4 }, ann()));
    shop.clock.now += holdTtlMs - 1;
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    shop.clock.now += 1;
    const cart = yes(await carts.extend({}, ann()));
    expect(cart.expired).toEqual([{ sku: 'cup', quantity: 4, at: START + holdTtlMs }]);
    expect(deadlines(cart)).toEqual({ mug: 2 * holdTtlMs });
    expect(await shop.units('cup')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('returns an empty cart without creating one', async () => {
    await using shop = await open();
    const [{ sequence } = { sequence: -1 }] = await shop.store.read([{}]);
    expect(yes(await shop.holdfast.carts.extend({}, ann()))).toMatchObject({ version: 0, lines: [], expired: [] });
    expect((await shop.store.read([{}]))[0]?.sequence).toBe(sequence);
  });

  test('respects changes between the read and the write: a line sold, removed, expired', async () => {
    await using shop = await open();
    const { carts, checkout } = shop.holdfast;
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const extendAfter = async (work: () => Promise<unknown>) => {
      hooks.afterRead = async () => {
        delete hooks.afterRead;
        await work();
      };
      return yes(await slow.carts.extend({}, ann()));
    };
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    expect((await extendAfter(() => carts.remove({ sku: 'cup' }, ann()))).lines).toMatchObject([{ sku: 'mug' }]);
    expect((await extendAfter(() => checkout.place({}, ann('pay')))).lines).toEqual([]);
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const late = await extendAfter(async () => void (shop.clock.now += holdTtlMs));
    expect(late).toMatchObject({ lines: [], expired: [{ sku: 'cup', quantity: 1 }] });
    yes(await carts.empty({}, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const paid = await extendAfter(async () => {
      yes(await checkout.begin({ paymentWindowMs: 1_000 }, ann('begin')));
      yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    });
    expect(paid.lines).toMatchObject([{ sku: 'mug', expiresAt: shop.clock.now + holdTtlMs }]);
    const { items } = yes(await shop.holdfast.holds.list({ sku: 'cup' }));
    expect(items).toMatchObject([{ state: 'pinned', expiresAt: shop.clock.now + 1_000 }]);
    await shop.soundAudit();
  });

  test('bounds best effort by stock less safety stock, by the limit and by the line’s maximum', async () => {
    await using shop = await open({ lineQuantityMax: 6 });
    await shop.supply('safe', { units: 5, safetyStock: 3 });
    await shop.supply('few', { units: 9, limitPerCustomer: 2 });
    const add = (sku: string, quantity: number, key?: string) =>
      shop.holdfast.carts.add({ sku, quantity, mode: 'best_effort' }, ann(key));
    expect(yes(await add('safe', 5)).granted).toBe(2);
    expect(yes(await add('few', 5)).granted).toBe(2);
    expect(no(await add('few', 1))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'few', limit: 2, already: 2 },
    });
    expect(yes(await add('cup', 4)).granted).toBe(4);
    expect(yes(await add('cup', 1_000_000, 'k'))).toMatchObject({ granted: 2 });
    expect(no(await add('cup', 1))).toEqual({ reason: 'quantity_limit', meta: { limit: 6 } });
    expect(yes(await add('mug', 7)).granted).toBe(6);
    yes(await shop.holdfast.carts.remove({ sku: 'cup' }, ann()));
    expect(yes(await add('cup', 1_000_000, 'k'))).toMatchObject({ granted: 2 });
    expect(await shop.units('cup')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('grants the rest of the line’s maximum by best effort if the line grows concurrently', async () => {
    await using shop = await open({ lineQuantityMax: 6 });
    const { carts } = shop.holdfast;
    const hooks: Hooks = {};
    const slow = await shop.another(engine, {
      settings: { lineQuantityMax: 6 },
      store: hookedStore(shop.store, hooks),
    });
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    hooks.afterRead = async () => {
      delete hooks.afterRead;
      yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()));
    };
    const added = yes(await slow.carts.add({ sku: 'cup', quantity: 9, mode: 'best_effort' }, ann()));
    expect(added).toMatchObject({ granted: 2, lines: [{ quantity: 6 }] });
  });
});
