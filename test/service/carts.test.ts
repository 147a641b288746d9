import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const ann = shopper('ann');
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const { holdTtlMs, cartTtlMs, holdLifetimeMaxMs } = DEFAULT_SETTINGS;

describe.each(engines)('carts on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (settings: Partial<Settings> = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings });
    await shop.supply('cup', { units: 10, unitPrice: EUR(250) });
    await shop.supply('mug', { units: 10, unitPrice: EUR(400) });
    return shop;
  };

  test('returns an empty cart for a session without one', async () => {
    await using shop = await open();
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toEqual({
      cartId: 'crt_ann',
      version: 0,
      serverTime: START,
      expiresAt: START + cartTtlMs,
      total: null,
      expired: [],
      lines: [],
    });
    expect(no(await shop.holdfast.carts.get({}, OPERATOR)).reason).toBe('invalid_input');
  });

  test('returns the cart that the next read returns', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    const { granted, ...first } = yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    expect(first).toEqual(yes(await carts.get({}, ann())));
    expect({ granted, total: first.total }).toEqual({ granted: 2, total: EUR(500) });
    shop.clock.now += 10;
    const { granted: more, ...second } = yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    expect(second).toEqual(yes(await carts.get({}, ann())));
    expect({ more, total: second.total }).toEqual({ more: 1, total: EUR(900) });
    const third = yes(await carts.setQuantity({ sku: 'mug', quantity: 3 }, ann()));
    expect(third).toEqual(yes(await carts.get({}, ann())));
    expect([first.version, second.version, third.version]).toEqual(
      [first.version, second.version, third.version].toSorted((a, b) => a - b),
    );
    expect(yes(await carts.empty({}, ann()))).toEqual(yes(await carts.get({}, ann())));
  });

  test('never lowers the version of a cart when a line expires', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    const { version } = yes(await carts.setQuantity({ sku: 'cup', quantity: 3 }, ann()));
    shop.clock.now += holdTtlMs;
    const overdue = yes(await carts.get({}, ann()));
    await shop.store.reclaim({ limit: 10 });
    const expired = yes(await carts.get({}, ann()));
    expect([overdue.lines, expired.lines]).toEqual([[], []]);
    expect([overdue.version >= version, expired.version >= overdue.version]).toEqual([true, true]);
  });

  test('adds units to a line and extends the line and the cart', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    const { lines } = yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    expect(lines[0]?.expiresAt).toBe(START + holdTtlMs);
    shop.clock.now += 60_000;
    expect(yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()))).toMatchObject({
      granted: 3,
      expiresAt: START + 60_000 + cartTtlMs,
      lines: [{ quantity: 5, holdId: lines[0]?.holdId, expiresAt: START + 60_000 + holdTtlMs }],
    });
  });

  test('does not extend a hold beyond its maximum lifetime', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    for (let at = START; at < START + holdLifetimeMaxMs; at += holdTtlMs / 2) {
      shop.clock.now = at;
      yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
      yes(await carts.setQuantity({ sku: 'cup', quantity: 1 }, ann()));
    }
    shop.clock.now = START + holdLifetimeMaxMs - 1;
    const cart = yes(await carts.setQuantity({ sku: 'cup', quantity: 1 }, ann()));
    expect(cart.lines).toMatchObject([{ expiresAt: START + holdLifetimeMaxMs }]);
  });

  test('ends a hold with its cart at the latest', async () => {
    await using shop = await open({ holdTtlMs: 900_000, cartTtlMs: 60_000 });
    const cart = yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, ann()));
    expect([cart.expiresAt, cart.lines[0]?.expiresAt]).toEqual([START + 60_000, START + 60_000]);
  });

  test('grants the available units by best effort, and refuses `insufficient_stock` without any', async () => {
    await using shop = await open();
    const add = (name: string) =>
      shop.holdfast.carts.add({ sku: 'cup', quantity: 7, mode: 'best_effort' }, shopper(name)());
    expect(yes(await add('ann')).granted).toBe(7);
    expect(yes(await add('bob'))).toMatchObject({ granted: 3, lines: [{ quantity: 3 }] });
    const meta = { lines: [{ sku: 'cup', requested: 7, available: 0 }] };
    expect(no(await add('eve'))).toEqual({ reason: 'insufficient_stock', meta });
    expect(no(await add('ann'))).toEqual({ reason: 'insufficient_stock', meta });
    yes(await shop.holdfast.stock.receive({ sku: 'cup', quantity: 2 }, OPERATOR));
    expect(yes(await add('ann'))).toMatchObject({ granted: 2, lines: [{ quantity: 9 }] });
  });

  test('sets the absolute quantity of a line: adds, raises, lowers and removes it', async () => {
    await using shop = await open();
    const set = async (quantity: number) => {
      const { lines } = yes(await shop.holdfast.carts.setQuantity({ sku: 'cup', quantity }, ann()));
      return [lines.map((line) => line.quantity), (await shop.units('cup'))[1]];
    };
    expect([await set(4), await set(9), await set(9), await set(2), await set(0), await set(0)]).toEqual([
      [[4], 4],
      [[9], 9],
      [[9], 9],
      [[2], 2],
      [[], 0],
      [[], 0],
    ]);
    expect(no(await shop.holdfast.carts.setQuantity({ sku: 'none', quantity: 1 }, ann()))).toEqual({
      reason: 'unknown_sku',
      meta: { sku: 'none' },
    });
    yes(await shop.holdfast.carts.setQuantity({ sku: 'none', quantity: 0 }, ann()));
  });

  test('has the price at which units were last added', async () => {
    await using shop = await open();
    const { carts, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    yes(await stock.define({ sku: 'cup', unitPrice: EUR(999) }, OPERATOR));
    expect(yes(await carts.get({}, ann())).total).toEqual(EUR(250));
    expect(yes(await carts.add({ sku: 'cup', quantity: 1 }, ann())).total).toEqual(EUR(1_998));
    expect(yes(await carts.add({ sku: 'cup', quantity: 1 }, shopper('bob')())).total).toEqual(EUR(999));
  });

  test('has no total if a price is missing or currencies differ', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    await shop.supply('gift', { units: 5 });
    await shop.supply('bowl', { units: 5, unitPrice: { amount: 1, currency: 'USD' } });
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    for (const sku of ['gift', 'bowl']) {
      expect(yes(await carts.add({ sku, quantity: 1 }, ann())).total).toBeNull();
      expect(yes(await carts.remove({ sku }, ann())).total).toEqual(EUR(250));
    }
  });

  test('limits the lines of a cart and the quantity of a line', async () => {
    await using shop = await open({ lineQuantityMax: 5 });
    const { carts } = shop.holdfast;
    for (let index = 0; index < 101; index += 1) await shop.supply(`s${index}`, { units: 9 });
    for (let index = 0; index < 100; index += 1) yes(await carts.add({ sku: `s${index}`, quantity: 5 }, ann()));
    expect(no(await carts.add({ sku: 's100', quantity: 1 }, ann()))).toEqual({
      reason: 'cart_full',
      meta: { limit: 100 },
    });
    expect(no(await carts.setQuantity({ sku: 's100', quantity: 1 }, ann())).reason).toBe('cart_full');
    const limit = { reason: 'quantity_limit', meta: { limit: 5 } };
    expect(no(await carts.add({ sku: 's0', quantity: 1 }, ann()))).toEqual(limit);
    expect(no(await carts.setQuantity({ sku: 's0', quantity: 6 }, ann()))).toEqual(limit);
    expect(yes(await shop.holdfast.checkout.place({}, ann('pay'))).lines).toHaveLength(100);
    await shop.soundAudit();
  });

  test('counts carts and orders of all sessions of a customer for the limit', async () => {
    await using shop = await open();
    yes(await shop.holdfast.stock.define({ sku: 'cup', limitPerCustomer: 3 }, OPERATOR));
    const [phone, desk] = [shopper('phone', 'customer:c1'), shopper('desk', 'customer:c1')];
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 2 }, phone()));
    yes(await checkout.place({}, phone('pay')));
    const refused = { reason: 'limit_exceeded', meta: { sku: 'cup', limit: 3, already: 2 } };
    expect(no(await carts.add({ sku: 'cup', quantity: 2 }, desk()))).toEqual(refused);
    yes(await carts.add({ sku: 'cup', quantity: 1 }, desk()));
    yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()));
    yes(await carts.remove({ sku: 'cup' }, desk()));
    yes(await carts.add({ sku: 'cup', quantity: 1 }, phone()));
  });

  test('applies all concurrent changes of a cart and keeps one line per SKU', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    const adds = Array.from({ length: 20 }, (_, index) =>
      (index % 3 === 0 ? other : shop.holdfast).carts.add({ sku: index % 2 === 0 ? 'cup' : 'mug', quantity: 1 }, ann()),
    );
    for (const result of await Promise.all(adds)) yes(result);
    const { lines } = yes(await shop.holdfast.carts.get({}, ann()));
    expect(lines.map(({ sku, quantity }) => [sku, quantity]).sort()).toEqual([
      ['cup', 10],
      ['mug', 10],
    ]);
    await shop.soundAudit();
  });

  test('queues concurrent additions to a cart in one process without a conflict', async () => {
    await using shop = await open();
    const skus = Array.from({ length: 10 }, (_, index) => `s${index}`);
    for (const sku of skus) await shop.supply(sku, { units: 1 });
    const added = await Promise.all(skus.map((sku) => shop.holdfast.carts.add({ sku, quantity: 1 }, ann())));
    expect(added.map((result) => yes(result).lines.length)).toEqual(skus.map((_, index) => index + 1));
    expect(shop.holdfast.stats().conflictsRetried).toBe(0);
  });

  test('shows a lost line and refuses a checkout until the shopper removes or adds it', async () => {
    await using shop = await open();
    const { carts, checkout, expiry } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 4 }, ann()));
    shop.clock.now += holdTtlMs - 1;
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    shop.clock.now += 1;
    const lost = [{ sku: 'cup', quantity: 4, at: START + holdTtlMs }];
    const refused = { reason: 'hold_expired', meta: { lines: lost } };
    expect(no(await checkout.place({}, ann('pay')))).toEqual(refused);
    await expiry.sweepNow();
    expect(no(await checkout.place({}, ann('pay')))).toEqual(refused);
    expect(yes(await carts.get({}, ann()))).toMatchObject({ expired: lost, lines: [{ sku: 'mug' }] });
    expect(yes(await carts.remove({ sku: 'cup' }, ann()))).toMatchObject({ expired: [], lines: [{ sku: 'mug' }] });
    expect(yes(await checkout.place({}, ann('pay'))).lines).toMatchObject([{ sku: 'mug', quantity: 1 }]);
    await shop.soundAudit();
  });

  test('refuses a stale change of a hold that has another owner', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const { carts, holds } = shop.holdfast;
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    hooks.afterRead = async () => {
      delete hooks.afterRead;
      yes(await carts.deleteLine('crt_ann', 'cup'));
    };
    const cart = yes(await slow.carts.add({ sku: 'cup', quantity: 3 }, ann()));
    expect(cart.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['mug', 1],
      ['cup', 3],
    ]);
    const { items } = yes(await holds.list({ sku: 'cup' }));
    expect(items.map(({ owner, quantity }) => [owner, quantity]).sort()).toEqual([
      ['cart:crt_ann', 3],
      ['detached:crt_ann', 2],
    ]);
    await shop.soundAudit();
  });

  test('leaves no overdue hold without its line, however many holds are overdue', async () => {
    await using shop = await open();
    for (let index = 0; index < 40; index += 1) {
      await shop.supply(`s${index}`, { units: 1 });
      yes(await shop.holdfast.carts.add({ sku: `s${index}`, quantity: 1 }, shopper(`b${index}`)()));
    }
    shop.clock.now += 1;
    const changes = [
      () => shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, ann()),
      () => shop.holdfast.carts.remove({ sku: 'cup' }, shopper('bob')()),
      () => shop.holdfast.carts.empty({}, shopper('eve')()),
      () => shop.holdfast.carts.deleteLine('crt_joe', 'cup'),
    ];
    for (const name of ['ann', 'bob', 'eve', 'joe']) {
      yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, shopper(name)()));
    }
    shop.clock.now += holdTtlMs;
    await Promise.all(changes.map(async (change) => yes(await change())));
    expect(shop.holdfast.stats().conflictsRetried).toBe(0);
    await shop.soundAudit();
    expect(await shop.units('cup')).toEqual([10, 0, 10]);
  });

  test('deletes the line when an operator releases its hold, and reports the loss to the shopper', async () => {
    await using shop = await open();
    const { carts, holds } = shop.holdfast;
    const { lines } = yes(await carts.add({ sku: 'cup', quantity: 4 }, ann()));
    const { holdId } = lines[0]!;
    const released = yes(await holds.release({ holdId, reason: 'fraud' }, { ...OPERATOR, idempotencyKey: 'k' }));
    expect(released).toMatchObject({ sku: 'cup', reserved: 0, available: 10 });
    expect(yes(await carts.get({}, ann()))).toMatchObject({ lines: [], expired: [{ sku: 'cup', quantity: 4 }] });
    const [view] = await shop.store.read([{ documents: ['cart:crt_ann'] }]);
    expect(view?.documents[0]?.record.holds).toEqual([]);
    expect(no(await holds.release({ holdId, reason: 'fraud' }, OPERATOR))).toEqual({
      reason: 'hold_not_active',
      meta: { holdId, state: 'released' },
    });
    expect(yes(await holds.release({ holdId, reason: 'fraud' }, { ...OPERATOR, idempotencyKey: 'k' }))).toEqual(
      released,
    );
    expect(no(await holds.release({ holdId: 'hld_none', reason: 'x' }, OPERATOR))).toEqual({
      reason: 'unknown_hold',
      meta: { holdId: 'hld_none', state: 'unknown' },
    });
    await shop.soundAudit();
  });
});
