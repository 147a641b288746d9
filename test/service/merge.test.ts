import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const { holdTtlMs, holdLifetimeMaxMs, cartTtlMs } = DEFAULT_SETTINGS;
const [guest, ann, bob] = [shopper('guest'), shopper('ann', 'customer:ann'), shopper('bob')];
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const from = (name: string, customer: string | null = null) => ({ from: { cartId: `crt_${name}`, customer } });
const GUEST = from('guest');

const unitsOf = ({ lines }: Cart) => Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity]));

describe.each(engines)('merging carts on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (units: Record<string, number>, settings = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings });
    for (const [sku, count] of Object.entries(units)) await shop.supply(sku, { units: count, unitPrice: EUR(500) });
    return shop;
  };
  const add = async ({ holdfast }: Shop, call: ReturnType<typeof shopper>, sku: string, quantity: number) =>
    yes(await holdfast.carts.add({ sku, quantity }, call()));
  const merge = async ({ holdfast }: Shop, key?: string) => yes(await holdfast.carts.merge(GUEST, ann(key)));
  const createdAt = async ({ store }: Shop, holdId: string) =>
    (await store.read([{ holds: [holdId] }]))[0]?.holds[0]?.createdAt;
  const limitOf = async ({ holdfast }: Shop, sku: string, limitPerCustomer: number | null) =>
    yes(await holdfast.stock.define({ sku, limitPerCustomer }, OPERATOR));

  test('bug 13: moves lines of one cart and adds up lines of both; no line is lost', async () => {
    await using shop = await open({ cup: 10, mug: 10, jug: 10 });
    const { lines } = await add(shop, guest, 'cup', 2);
    await add(shop, guest, 'mug', 3);
    await add(shop, ann, 'mug', 4);
    await add(shop, ann, 'jug', 1);
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ mug: 7, jug: 1, cup: 2 });
    expect(changes).toEqual([]);
    expect(cart.total).toEqual(EUR(5_000));
    expect(cart.lines.find(({ sku }) => sku === 'cup')?.holdId).toBe(lines[0]!.holdId);
    expect(cart).toEqual(yes(await shop.holdfast.carts.get({}, ann())));
    expect(yes(await shop.holdfast.carts.get({}, guest()))).toMatchObject({ lines: [], expired: [], version: 0 });
    expect(await shop.units('mug')).toEqual([10, 7, 3]);
    await shop.soundAudit();
    expect(yes(await shop.holdfast.checkout.place({}, ann('pay'))).lines).toHaveLength(3);
    await shop.soundAudit();
  });

  test('bug 13: keeps sold-out units unavailable on the way, and joins them without free stock', async () => {
    await using shop = await open({ last: 5, sole: 2 });
    await add(shop, guest, 'last', 2);
    await add(shop, ann, 'last', 3);
    await add(shop, guest, 'sole', 2);
    const attempts = Array.from({ length: 12 }, (_, index) =>
      shop.holdfast.carts.add(
        { sku: index % 2 === 0 ? 'last' : 'sole', quantity: 1, mode: 'best_effort' },
        shopper(`b${index}`)(),
      ),
    );
    const merged = merge(shop);
    for (const result of await Promise.all(attempts)) expect(no(result).reason).toBe('insufficient_stock');
    expect(unitsOf((await merged).cart)).toEqual({ last: 5, sole: 2 });
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'sole' }));
    expect(movements.map(({ kind }) => kind)).toEqual(['transferred', 'reserved', 'received']);
    await shop.soundAudit();
  });

  test('bug 13: checks stock and limits; releases and reports units that do not fit', async () => {
    await using shop = await open({ cup: 30, mug: 30, pan: 30, pot: 30 }, { lineQuantityMax: 8 });
    await limitOf(shop, 'mug', 5);
    await limitOf(shop, 'pot', 2);
    for (const [sku, quantity] of [
      ['cup', 6],
      ['mug', 4],
      ['pan', 2],
      ['pot', 2],
    ] as const) {
      await add(shop, guest, sku, quantity);
    }
    yes(await shop.holdfast.carts.add({ sku: 'pot', quantity: 1 }, ann()));
    yes(await shop.holdfast.checkout.place({}, ann('old order')));
    await add(shop, ann, 'cup', 5);
    await add(shop, ann, 'mug', 3);
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ cup: 8, mug: 5, pan: 2, pot: 1 });
    expect(changes).toEqual([
      { sku: 'cup', from: 11, to: 8, reason: 'line_maximum' },
      { sku: 'mug', from: 7, to: 5, reason: 'limit' },
      { sku: 'pot', from: 2, to: 1, reason: 'limit' },
    ]);
    expect([await shop.units('cup'), await shop.units('mug')]).toEqual([
      [30, 8, 22],
      [30, 5, 25],
    ]);
    await shop.soundAudit();
  });

  test('adds nothing under a used-up limit, and keeps the cart’s units even if a bound was lowered', async () => {
    await using shop = await open({ cup: 30, mug: 30, jug: 30 });
    await add(shop, guest, 'cup', 2);
    await add(shop, guest, 'mug', 2);
    await add(shop, guest, 'jug', 4);
    shop.clock.now += 5;
    await add(shop, ann, 'mug', 4);
    await add(shop, ann, 'cup', 1);
    await limitOf(shop, 'mug', 3);
    await limitOf(shop, 'cup', 1);
    await limitOf(shop, 'jug', 3);
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ mug: 4, cup: 1, jug: 3 });
    expect(changes.map(({ sku, from, to, reason }) => `${sku} ${from} ${to} ${reason}`).sort()).toEqual([
      'cup 3 1 limit',
      'jug 4 3 limit',
      'mug 6 4 limit',
    ]);
    expect(no(await shop.holdfast.carts.add({ sku: 'jug', quantity: 1 }, shopper('desk', 'customer:ann')()))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'jug', limit: 3, already: 3 },
    });
    await shop.soundAudit();
  });

  test('counts the guest’s units for the customer instead of the guest', async () => {
    await using shop = await open({ cup: 30 });
    await limitOf(shop, 'cup', 4);
    await add(shop, guest, 'cup', 4);
    await merge(shop);
    expect(no(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, ann())).reason).toBe('limit_exceeded');
    await add(shop, guest, 'cup', 4);
    await shop.soundAudit();
  });

  test('folds the younger hold of a SKU into the older one', async () => {
    await using shop = await open({ cup: 6, mug: 6 });
    await add(shop, guest, 'cup', 2);
    await add(shop, ann, 'mug', 2);
    shop.clock.now += 60_000;
    await add(shop, ann, 'cup', 4);
    await add(shop, guest, 'mug', 4);
    shop.clock.now += 60_000;
    const { cart } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ cup: 6, mug: 6 });
    for (const { holdId, expiresAt } of cart.lines) {
      expect(await createdAt(shop, holdId)).toBe(START);
      expect(expiresAt).toBe(START + 120_000 + holdTtlMs);
    }
    expect(cart.expiresAt).toBe(START + 120_000 + cartTtlMs);
    await shop.soundAudit();
  });

  test('does not extend the lifetime of a hold by moving units back and forth', async () => {
    await using shop = await open({ cup: 6 });
    await add(shop, guest, 'cup', 5);
    const carts = [GUEST, from('ann', 'customer:ann')];
    const owners = [ann, shopper('guest', 'customer:ann')];
    for (let turn = 0; shop.clock.now < START + holdLifetimeMaxMs - holdTtlMs; turn += 1) {
      shop.clock.now += holdTtlMs - 1;
      const into = owners[turn % 2]!;
      if (turn < 1) yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, into()));
      const { cart } = yes(await shop.holdfast.carts.merge(carts[turn % 2]!, into()));
      yes(await shop.holdfast.carts.extend({}, into()));
      expect(unitsOf(cart)).toEqual({ cup: 6 });
      expect(cart.lines[0]!.expiresAt).toBeLessThanOrEqual(START + holdLifetimeMaxMs);
    }
    shop.clock.now = START + holdLifetimeMaxMs;
    expect(await shop.units('cup')).toEqual([6, 0, 6]);
    await shop.soundAudit();
  });

  test('drops and reports expired lines without reviving them', async () => {
    await using shop = await open({ cup: 9, mug: 9, jug: 9 });
    await add(shop, guest, 'cup', 2);
    await add(shop, guest, 'mug', 3);
    shop.clock.now += holdTtlMs - 1;
    await add(shop, guest, 'jug', 1);
    await add(shop, ann, 'mug', 4);
    shop.clock.now += 1;
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ mug: 4, jug: 1 });
    expect(cart.expired).toEqual([]);
    expect(changes).toEqual([
      { sku: 'cup', from: 2, to: 0, reason: 'expired' },
      { sku: 'mug', from: 7, to: 4, reason: 'expired' },
    ]);
    expect(await shop.units('cup')).toEqual([9, 0, 9]);
    await shop.soundAudit();
    yes(await shop.holdfast.checkout.place({}, ann('pay')));
  });

  test('clears the loss of a SKU whose line is merged; other losses still prevent a checkout', async () => {
    await using shop = await open({ cup: 9, mug: 9 });
    await add(shop, ann, 'cup', 2);
    await add(shop, ann, 'mug', 2);
    shop.clock.now += holdTtlMs;
    await add(shop, guest, 'cup', 1);
    const { cart } = await merge(shop);
    expect(cart).toMatchObject({ lines: [{ sku: 'cup', quantity: 1 }], expired: [{ sku: 'mug', quantity: 2 }] });
  });

  test('adds no lines to a full cart, and reports them', async () => {
    await using shop = await open({ a: 9, b: 9, c: 9 }, { cartLinesMax: 2 });
    await add(shop, guest, 'a', 1);
    await add(shop, guest, 'b', 2);
    await add(shop, ann, 'b', 1);
    await add(shop, ann, 'c', 1);
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ b: 3, c: 1 });
    expect(changes).toEqual([{ sku: 'a', from: 1, to: 0, reason: 'cart_full' }]);
    expect(await shop.units('a')).toEqual([9, 0, 9]);
  });

  test('merges a hundred lines that each exceed a limit in one call', async () => {
    await using shop = await open({});
    for (let index = 0; index < 100; index += 1) {
      await shop.supply(`s${index}`, { units: 9, limitPerCustomer: 3 });
      await add(shop, guest, `s${index}`, 2);
      await add(shop, shopper('desk', 'customer:ann'), `s${index}`, 2);
    }
    const { cart, changes } = await merge(shop);
    expect(new Set(cart.lines.map(({ quantity }) => quantity))).toEqual(new Set([1]));
    expect(changes).toHaveLength(100);
    await shop.soundAudit();
  });

  test('prices joined lines of two prices at the SKU’s current price; a moved line keeps its own', async () => {
    await using shop = await open({ cup: 9, mug: 9 });
    await add(shop, ann, 'cup', 1);
    yes(await shop.holdfast.stock.define({ sku: 'cup', unitPrice: EUR(700) }, OPERATOR));
    await add(shop, guest, 'mug', 1);
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, guest()));
    yes(await shop.holdfast.stock.define({ sku: 'mug', unitPrice: EUR(900) }, OPERATOR));
    const { cart } = await merge(shop);
    expect(cart.lines.map(({ sku, unitPrice }) => [sku, unitPrice?.amount])).toEqual([
      ['cup', 700],
      ['mug', 500],
    ]);
  });

  test('caps units at the stock only if the safety stock was raised', async () => {
    await using shop = await open({ cup: 10 });
    await add(shop, ann, 'cup', 4);
    await add(shop, guest, 'cup', 4);
    yes(await shop.holdfast.stock.define({ sku: 'cup', safetyStock: 4 }, OPERATOR));
    const { cart, changes } = await merge(shop);
    expect(unitsOf(cart)).toEqual({ cup: 6 });
    expect(changes).toEqual([{ sku: 'cup', from: 8, to: 6, reason: 'stock' }]);
    await shop.soundAudit();
  });

  test('repeats the changes of a merge even if the carts have changed since; refuses another input', async () => {
    await using shop = await open({ cup: 9 }, { lineQuantityMax: 5 });
    await add(shop, guest, 'cup', 4);
    await add(shop, ann, 'cup', 3);
    const first = await merge(shop, 'login');
    expect(first.changes).toEqual([{ sku: 'cup', from: 7, to: 5, reason: 'line_maximum' }]);
    await add(shop, guest, 'cup', 2);
    expect(await merge(shop, 'login')).toEqual(first);
    expect(no(await shop.holdfast.carts.merge(from('bob'), ann('login'))).reason).toBe('idempotency_mismatch');
    shop.clock.now += 86_400_000;
    expect(await merge(shop, 'login')).toMatchObject({ cart: { lines: [] }, changes: first.changes });
    shop.clock.now += 2 * 86_400_000;
    await shop.holdfast.expiry.sweepNow();
    const { documents } = await shop.store.scan({ kind: 'documents', cursor: null, limit: 100 });
    expect(documents.filter(({ key }) => key.startsWith('merge:'))).toEqual([]);
  });

  test('changes nothing for an empty cart; refuses the caller’s own cart and another customer’s', async () => {
    await using shop = await open({ cup: 9 });
    const { carts } = shop.holdfast;
    expect(await merge(shop)).toMatchObject({ cart: { version: 0, lines: [] }, changes: [] });
    const cart = await add(shop, ann, 'cup', 1);
    expect((await merge(shop, 'k')).cart.version).toBe(cart.version);
    expect((await merge(shop, 'k')).cart.version).toBe(cart.version);
    for (const input of [from('ann', 'customer:ann'), from('other', 'customer:other')]) {
      expect(no(await carts.merge(input, ann()))).toMatchObject({
        reason: 'invalid_input',
        meta: { issues: [{ path: 'fromSessionId' }] },
      });
    }
    expect(no(await carts.merge(from('x', 'customer:ann'), guest())).reason).toBe('invalid_input');
    expect(yes(await carts.merge(from('desk', 'customer:ann'), ann())).changes).toEqual([]);
    expect(no(await carts.merge(GUEST, OPERATOR)).reason).toBe('invalid_input');
  });

  test('bug 10: finishes concurrent merges of carts into each other and in a circle', async () => {
    await using shop = await open({ cup: 30 });
    const names = ['x', 'y', 'z'];
    for (const name of names) await add(shop, shopper(name), 'cup', 2);
    const pairs = names.flatMap((into, index) => [
      [into, names[(index + 1) % 3]!],
      [into, names[(index + 2) % 3]!],
    ]);
    const other = await shop.another(engine);
    const merges = pairs.map(([into, source], index) =>
      (index % 2 === 0 ? shop.holdfast : other).carts.merge(from(source!), shopper(into!)()),
    );
    for (const result of await Promise.all(merges)) yes(result);
    const units = await Promise.all(
      names.map(async (name) => unitsOf(yes(await shop.holdfast.carts.get({}, shopper(name)()))).cup ?? 0),
    );
    expect(units.reduce((sum, each) => sum + each)).toBe(6);
    await shop.soundAudit();
  });

  describe('changes of either cart between the read and the write', () => {
    const racing = async (work: (holdfast: Holdfast, shop: Shop) => Promise<unknown>, lineQuantityMax = 10_000) => {
      const settings = { lineQuantityMax };
      const shop = await open({ cup: 20, mug: 20 }, settings);
      await add(shop, guest, 'cup', Math.min(3, lineQuantityMax));
      shop.clock.now += 1;
      await add(shop, ann, 'cup', 2);
      const hooks: Hooks = {};
      const slow = await shop.another(engine, { settings, store: hookedStore(shop.store, hooks) });
      hooks.afterRead = async () => {
        delete hooks.afterRead;
        await work(shop.holdfast, shop);
      };
      return { shop, merged: yes(await slow.carts.merge(GUEST, ann())) };
    };

    test('reports exactly the lost units, also if nothing fits', async () => {
      const { shop, merged } = await racing((h) => h.carts.setQuantity({ sku: 'cup', quantity: 1 }, guest()), 2);
      await using _shop = shop;
      expect(merged.changes).toEqual([{ sku: 'cup', from: 3, to: 2, reason: 'line_maximum' }]);
    });

    test.each<[string, (holdfast: Holdfast, shop: Shop) => Promise<unknown>, Record<string, number>]>([
      ['the guest adds to the line', (h) => h.carts.add({ sku: 'cup', quantity: 4 }, guest()), { cup: 9 }],
      ['the guest lowers the line', (h) => h.carts.setQuantity({ sku: 'cup', quantity: 1 }, guest()), { cup: 3 }],
      ['the guest adds a line', (h) => h.carts.add({ sku: 'mug', quantity: 1 }, guest()), { cup: 5, mug: 1 }],
      ['the guest empties the cart', (h) => h.carts.empty({}, guest()), { cup: 2 }],
      ['the guest checks out', (h) => h.checkout.place({}, guest('pay')), { cup: 2 }],
      ['the guest’s line expires', async (_, shop) => void (shop.clock.now = START + holdTtlMs), { cup: 2 }],
      ['another merge takes the guest’s cart', (h) => h.carts.merge(GUEST, bob()), { cup: 2 }],
      ['the customer adds to the line', (h) => h.carts.add({ sku: 'cup', quantity: 4 }, ann()), { cup: 9 }],
      ['the customer adds a line', (h) => h.carts.add({ sku: 'mug', quantity: 1 }, ann()), { cup: 5, mug: 1 }],
      ['the customer removes the line', (h) => h.carts.remove({ sku: 'cup' }, ann()), { cup: 3 }],
      ['the customer checks out', (h) => h.checkout.place({}, ann('pay')), { cup: 3 }],
    ])('%s', async (_, work, expected) => {
      const { shop, merged } = await racing(work);
      await using _shop = shop;
      expect(unitsOf(merged.cart)).toEqual(expected);
      await shop.soundAudit();
    });
  });
});
