import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { allocated, openLocatedShop } from '../support/located-shop.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const ben = shopper('ben');
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

describe.each(engines)('carts over several locations on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** 10 cups in `first`, 15 in `second`, and none in `main`, which comes last. */
  const open = (settings: Partial<Settings> = {}, cups: Record<string, number> = { first: 10, second: 15 }) =>
    openLocatedShop(engine, { locations: ['first', 'second'], settings, stock: { cup: cups } });

  test('takes 13 of 10 and 15 units as 10 and 3', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    const added = yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    expect(allocated(added)).toEqual({ cup: { first: 10, second: 3 } });
    const [line] = added.lines;
    expect({ granted: added.granted, sku: line?.sku, quantity: line?.quantity }).toEqual({
      granted: 13,
      sku: 'cup',
      quantity: 13,
    });
    const { granted: _, ...cart } = added;
    expect(yes(await carts.get({}, ann()))).toEqual(cart);
    const refusal = no(await carts.add({ sku: 'cup', quantity: 13 }, ben()));
    expect(refusal).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'cup', requested: 13, available: 12 }] },
    });
    await shop.soundAudit();
  });

  test('a line that shrinks keeps the units of the locations that the call prefers', async () => {
    await using shop = await openLocatedShop(engine, {
      locations: ['first', 'second', 'third'],
      stock: { cup: { first: 3, second: 3, third: 3 } },
    });
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 7 }, ann()));
    const ranked = yes(await carts.setQuantity({ sku: 'cup', quantity: 4, locations: ['third', 'second'] }, ann()));
    expect(allocated(ranked)).toEqual({ cup: { second: 3, third: 1 } });
    yes(await shop.holdfast.locations.define({ id: 'second', active: false }, OPERATOR));
    const fewer = yes(await carts.setQuantity({ sku: 'cup', quantity: 1 }, ann()));
    expect(allocated(fewer)).toEqual({ cup: { third: 1 } });
    await shop.soundAudit();
  });

  test('a line of two parts that grows keeps the hold of each', async () => {
    await using shop = await open({ sellAt: 'dispatch' });
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    const more = yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    expect(allocated(more)).toEqual({ cup: { first: 10, second: 5 } });
    const set = yes(await carts.setQuantity({ sku: 'cup', quantity: 17 }, ann()));
    expect(allocated(set)).toEqual({ cup: { first: 10, second: 7 } });
    const order = yes(await checkout.place({}, ann('buy')));
    expect(order.lines[0]?.allocations).toEqual(set.lines[0]?.allocations);
    await shop.soundAudit();
  });

  test('answers with the locations also if one of them has all units', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    const { granted: _, ...first } = yes(await carts.add({ sku: 'cup', quantity: 4 }, ann()));
    expect(first.lines[0]?.allocations).toEqual([{ location: 'first', quantity: 4 }]);
    const more = yes(await carts.add({ sku: 'cup', quantity: 4 }, ann()));
    expect(more.lines[0]?.allocations).toEqual([{ location: 'first', quantity: 8 }]);
    expect(more.granted).toBe(4);
    // The second cart of this process is composed without a read.
    const second = yes(await carts.add({ sku: 'cup', quantity: 2 }, ben()));
    const { granted: __, ...cart } = second;
    expect(cart).toEqual(yes(await carts.get({}, ben())));
    expect(allocated(second)).toEqual({ cup: { first: 2 } });
  });

  test.each([
    ['the fewest parcels', { sourcing: 'fewest_parcels' }, { second: 13 }],
    ['the ranking of the caller', { locations: ['second', 'first'] }, { second: 13 }],
    [
      'the fewest parcels among ranked locations',
      { locations: ['first', 'second'], sourcing: 'fewest_parcels' },
      { second: 13 },
    ],
    ['a pinned location', { locations: ['second'] }, { second: 13 }],
  ] as const)('chooses by %s', async (_, choice, units) => {
    await using shop = await open();
    const added = yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 13, ...choice }, ann()));
    expect(allocated(added)).toEqual({ cup: units });
    await shop.soundAudit();
  });

  test('refuses what a pinned location does not have, and an unknown location', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    expect(no(await carts.add({ sku: 'cup', quantity: 11, locations: ['first'] }, ann())).meta).toEqual({
      lines: [{ sku: 'cup', requested: 11, available: 10 }],
    });
    expect(no(await carts.add({ sku: 'cup', quantity: 1, locations: ['mars'] }, ann()))).toEqual({
      reason: 'unknown_location',
      meta: { location: 'mars' },
    });
    expect(no(await carts.add({ sku: 'tub', quantity: 1 }, ann())).reason).toBe('unknown_sku');
  });

  test('takes no new units from inactive locations and those of other channels', async () => {
    await using shop = await open();
    const { carts, locations } = shop.holdfast;
    yes(await locations.define({ id: 'first', channels: ['pos'] }, OPERATOR));
    expect(allocated(yes(await carts.add({ sku: 'cup', quantity: 2, channel: 'web' }, ann())))).toEqual({
      cup: { second: 2 },
    });
    expect(allocated(yes(await carts.add({ sku: 'cup', quantity: 2, channel: 'pos' }, ben())))).toEqual({
      cup: { first: 2 },
    });
    yes(await locations.define({ id: 'first', active: false }, OPERATOR));
    const more = yes(await carts.add({ sku: 'cup', quantity: 3 }, ben()));
    expect(allocated(more)).toEqual({ cup: { first: 2, second: 3 } });
    expect(no(await carts.add({ sku: 'cup', quantity: 1, locations: ['first'] }, ben())).reason).toBe(
      'insufficient_stock',
    );
  });

  test('grows and shrinks a line by the parts that come last', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    const set = async (quantity: number) => allocated(yes(await carts.setQuantity({ sku: 'cup', quantity }, ann())));
    expect(await set(4)).toEqual({ cup: { first: 4 } });
    expect(await set(12)).toEqual({ cup: { first: 10, second: 2 } });
    expect(await set(12)).toEqual({ cup: { first: 10, second: 2 } });
    expect(await set(11)).toEqual({ cup: { first: 10, second: 1 } });
    expect(await set(7)).toEqual({ cup: { first: 7 } });
    expect(await set(25)).toEqual({ cup: { first: 10, second: 15 } });
    expect(no(await carts.setQuantity({ sku: 'cup', quantity: 26 }, ann())).meta).toEqual({
      lines: [{ sku: 'cup', requested: 1, available: 0 }],
    });
    expect(yes(await carts.remove({ sku: 'cup' }, ann())).lines).toEqual([]);
    expect(await shop.reserved('cup')).toBe(0);
    await shop.soundAudit();
  });

  test('best effort takes what all locations have, and no more than limits allow', async () => {
    await using shop = await open();
    const { carts, stock } = shop.holdfast;
    const many = { sku: 'cup', quantity: 100, mode: 'best_effort' } as const;
    const added = yes(await carts.add(many, ann()));
    expect([added.granted, allocated(added)]).toEqual([25, { cup: { first: 10, second: 15 } }]);
    expect(no(await carts.add(many, ben())).reason).toBe('insufficient_stock');
    yes(await carts.empty({}, ann()));
    await shop.defineEverywhere('cup', { limitPerCustomer: 12 });
    const limited = yes(await carts.add(many, ben()));
    expect([limited.granted, allocated(limited)]).toEqual([12, { cup: { first: 10, second: 2 } }]);
    expect(no(await carts.add(many, ben())).reason).toBe('limit_exceeded');
    expect(stock).toBeDefined();
    await shop.soundAudit();
  });

  test('counts the units of all locations toward the limit of a customer', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    await shop.defineEverywhere('cup', { limitPerCustomer: 12 });
    for (const call of [ann(), shopper('cora', 'customer:cora')()]) {
      yes(await carts.add({ sku: 'cup', quantity: 11, locations: ['first', 'second'] }, call));
      expect(no(await carts.add({ sku: 'cup', quantity: 2, locations: ['second'] }, call))).toEqual({
        reason: 'limit_exceeded',
        meta: { sku: 'cup', limit: 12, already: 11 },
      });
      yes(await carts.empty({}, call));
    }
  });

  test('counts units of a line that were there before its limit', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 11 }, ann()));
    await shop.defineEverywhere('cup', { limitPerCustomer: 12 });
    expect(no(await carts.add({ sku: 'cup', quantity: 2 }, ann())).meta).toEqual({
      sku: 'cup',
      limit: 12,
      already: 11,
    });
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
  });

  test('caps the units of a session and of a client over all locations', async () => {
    await using shop = await open({ holdUnitsMaxSession: 12, holdShareMaxClient: 20 });
    const { carts } = shop.holdfast;
    expect(no(await carts.add({ sku: 'cup', quantity: 13 }, ann())).reason).toBe('hold_cap');
    yes(await carts.add({ sku: 'cup', quantity: 11 }, ann()));
    expect(no(await carts.add({ sku: 'cup', quantity: 2 }, ann()))).toEqual({
      reason: 'hold_cap',
      meta: { sku: 'cup', limit: 12, held: 11 },
    });
    yes(await carts.empty({}, ann()));
    const of = (name: string) => ({ caller: { ...shopper(name)().caller, client: '192.0.2.7' } });
    yes(await carts.add({ sku: 'cup', quantity: 4 }, of('dan')));
    expect(no(await carts.add({ sku: 'cup', quantity: 2 }, of('eva')))).toEqual({
      reason: 'hold_cap',
      meta: { sku: 'cup', limit: 5, held: 4 },
    });
    yes(await carts.add({ sku: 'cup', quantity: 1 }, of('eva')));
    await shop.soundAudit();
  });

  test('expires, releases and reports the parts of a line together or alone', async () => {
    await using shop = await open();
    const { carts, holds, expiry } = shop.holdfast;
    const added = yes(await carts.add({ sku: 'cup', quantity: 13 }, ann()));
    const { items } = yes(await holds.list({}));
    const second = items.find(({ quantity }) => quantity === 3);
    yes(await holds.release({ holdId: second?.holdId ?? '', reason: 'broken' }, OPERATOR));
    const cart = yes(await carts.get({}, ann()));
    expect(allocated(cart)).toEqual({ cup: { first: 10 } });
    expect(cart.expired).toEqual([{ sku: 'cup', quantity: 3, at: shop.clock.now }]);
    const again = yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()));
    expect([allocated(again), again.expired]).toEqual([{ cup: { first: 10, second: 3 } }, []]);
    expect(again.lines[0]?.holdId).toBe(added.lines[0]?.holdId);
    shop.clock.now += DEFAULT_SETTINGS.holdTtlMs;
    const lost = yes(await carts.get({}, ann()));
    expect([lost.lines, lost.expired]).toEqual([[], [{ sku: 'cup', quantity: 13, at: shop.clock.now }]]);
    await expiry.sweepNow();
    expect(yes(await carts.get({}, ann())).expired).toEqual(lost.expired);
    expect(await shop.reserved('cup')).toBe(0);
    await shop.soundAudit();
  });

  test('sells units of another location in the price of the whole line', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 10 }, ann()));
    await shop.defineEverywhere('cup', { unitPrice: EUR(300) });
    const cart = yes(await carts.add({ sku: 'cup', quantity: 3 }, ann()));
    expect(cart.lines).toMatchObject([{ unitPrice: EUR(300), repriced: true, quantity: 13 }]);
    expect(cart.total).toEqual(EUR(3_900));
  });

  test('merges line by line and part by part', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 12 }, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 3, locations: ['second'] }, ben()));
    const from = { cartId: 'crt_ann', customer: null };
    const { cart, changes } = yes(await carts.merge({ from }, ben()));
    expect([allocated(cart), changes]).toEqual([{ cup: { first: 10, second: 5 } }, []]);
    expect(yes(await carts.get({}, ann())).lines).toEqual([]);
    await shop.soundAudit();
  });

  test('a merge keeps what a limit allows over all locations', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    await shop.defineEverywhere('cup', { limitPerCustomer: 13 });
    const cora = shopper('cora', 'customer:cora');
    yes(await carts.add({ sku: 'cup', quantity: 12 }, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 3, locations: ['second'] }, cora()));
    const { cart, changes } = yes(await carts.merge({ from: { cartId: 'crt_ann', customer: null } }, cora()));
    expect(cart.lines[0]?.quantity).toBe(13);
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([[15, 13, 'limit']]);
    await shop.soundAudit();
  });

  test.each([
    ['the first location', {}, { first: 4 }],
    ['the location that the caller names', { locations: ['main'] }, { main: 4 }],
    ['further ones, if the first has too few', { quantity: 13, mode: 'best_effort' }, { first: 10, second: 3 }],
  ] as const)('a new cart that needs no read gets the units of %s', async (_, choice, units) => {
    await using shop = await open({}, { first: 11, second: 15, main: 20 });
    const { carts } = shop.holdfast;
    // The price of the SKU is known from now on.
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const { granted: _granted, ...cart } = yes(await carts.add({ sku: 'cup', quantity: 4, ...choice }, ben()));
    expect(allocated(cart)).toEqual({ cup: units });
    expect(yes(await carts.get({}, ben()))).toEqual(cart);
    await shop.soundAudit();
  });

  test('calls for a SKU wait in one mailbox, whatever their locations', async () => {
    await using shop = await open();
    const { carts, locations } = shop.holdfast;
    for (const id of ['first', 'second']) yes(await locations.define({ id, channels: [id] }, OPERATOR));
    // The price of the SKU is known from now on, so the carts below are composed without a read.
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const add = (channel: string) => carts.add({ sku: 'cup', quantity: 1, channel }, shopper(`on-${channel}`)());
    const adding = [add('first'), add('second')];
    const { mailboxes, mailboxItems } = shop.holdfast.stats().batcher;
    expect({ mailboxes, mailboxItems }).toEqual({ mailboxes: 1, mailboxItems: 2 });
    const added = await Promise.all(adding);
    expect(added.map((each) => allocated(yes(each)))).toEqual([{ cup: { first: 1 } }, { cup: { second: 1 } }]);
  });

  test('200 shoppers over three locations buy exactly the sum', { timeout: 60_000 }, async () => {
    await using shop = await openLocatedShop(engine, {
      locations: ['first', 'second'],
      stock: { cup: { first: 100, second: 100, main: 100 } },
    });
    const { carts, checkout } = shop.holdfast;
    const buyers = Array.from({ length: 200 }, (_, at) => shopper(`buyer-${at}`));
    const bought = await Promise.all(
      buyers.map(async (buyer, at) => {
        const added = await carts.add({ sku: 'cup', quantity: 1 + (at % 3), mode: 'best_effort' }, buyer());
        if (!added.ok) return 0;
        const order = yes(await checkout.place({}, buyer(`key-${at}`)));
        return order.lines[0]?.quantity ?? 0;
      }),
    );
    expect(bought.reduce((sum, units) => sum + units, 0)).toBe(300);
    await shop.soundAudit();
  });
});
