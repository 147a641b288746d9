import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CartAddition } from '../../src/contract/outputs/cart-outputs.ts';
import type { Hold } from '../../src/contract/outputs/stock-outputs.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const SKU = 'mug';
const CART = 'crt_ann';
const ann = shopper('ann');

const add = async (shop: Shop, quantity: number): Promise<CartAddition> =>
  yes(await shop.holdfast.carts.add({ sku: SKU, quantity }, ann()));

const reserve = async (shop: Shop, quantity: number): Promise<Hold> =>
  yes(await shop.holdfast.inventory.reserve({ sku: SKU, quantity, reference: 'r1' }, OPERATOR));

/** DESIGN section 1: the operation that ends a line decides what happens to its units. */
describe.each(engines)('the lifecycle of a reservation on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (units = 10): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply(SKU, { units });
    return shop;
  };

  test('reserve reduces available', async () => {
    await using shop = await open();
    await reserve(shop, 4);
    expect(await shop.units(SKU)).toEqual([10, 4, 6]);
  });

  test('release raises available', async () => {
    await using shop = await open();
    const { holdId } = await reserve(shop, 4);
    expect(yes(await shop.holdfast.inventory.release({ holdId }, OPERATOR))).toMatchObject({
      reserved: 0,
      available: 10,
    });
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
  });

  test('a second release is refused and changes nothing, so reserved is never negative', async () => {
    await using shop = await open();
    const { holdId } = await reserve(shop, 4);
    await add(shop, 2);
    yes(await shop.holdfast.inventory.release({ holdId }, OPERATOR));
    const again = no(await shop.holdfast.inventory.release({ holdId }, OPERATOR));
    expect(again).toEqual({ reason: 'hold_not_active', meta: { holdId, state: 'released' } });
    expect(await shop.units(SKU)).toEqual([10, 2, 8]);
  });

  test('consume lowers both on hand and reserved', async () => {
    await using shop = await open();
    const { holdId } = await reserve(shop, 4);
    yes(await shop.holdfast.inventory.consume({ holdId }, OPERATOR));
    expect(await shop.units(SKU)).toEqual([6, 0, 6]);
    expect(await shop.sold(SKU)).toBe(4);
  });

  test('refuses a release after a consume, and changes nothing', async () => {
    await using shop = await open();
    const { holdId } = await reserve(shop, 4);
    yes(await shop.holdfast.inventory.consume({ holdId }, OPERATOR));
    for (const end of [shop.holdfast.inventory.release, shop.holdfast.inventory.consume]) {
      const refusal = no(await end({ holdId }, OPERATOR));
      expect(refusal).toEqual({ reason: 'hold_not_active', meta: { holdId, state: 'consumed' } });
    }
    expect(await shop.units(SKU)).toEqual([6, 0, 6]);
  });

  test('adding to the cart reserves and creates the line', async () => {
    await using shop = await open();
    const cart = await add(shop, 3);
    expect(cart).toMatchObject({ cartId: CART, granted: 3, lines: [{ sku: SKU, quantity: 3 }] });
    expect(await shop.units(SKU)).toEqual([10, 3, 7]);
  });

  test.each([
    ['cart.remove', (shop: Shop) => shop.holdfast.carts.remove({ sku: SKU }, ann())],
    ['cart.setQuantity 0', (shop: Shop) => shop.holdfast.carts.setQuantity({ sku: SKU, quantity: 0 }, ann())],
    ['releaseAndDeleteLine', (shop: Shop) => shop.holdfast.carts.releaseAndDeleteLine(CART, SKU)],
  ])('%s releases exactly once and deletes the line', async (_name, remove) => {
    await using shop = await open();
    await add(shop, 3);
    expect(yes(await remove(shop)).lines).toEqual([]);
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    expect(yes(await remove(shop)).lines).toEqual([]);
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('deleteLine does not release: the hold becomes detached and ends at its deadline', async () => {
    await using shop = await open();
    const [line] = (await add(shop, 3)).lines;
    expect(yes(await shop.holdfast.carts.deleteLine(CART, SKU)).lines).toEqual([]);
    expect(await shop.units(SKU)).toEqual([10, 3, 7]);
    const { items } = yes(await shop.holdfast.holds.list({ sku: SKU }));
    expect(items).toMatchObject([{ holdId: line!.holdId, quantity: 3, owner: `detached:${CART}` }]);
    await shop.soundAudit();
    shop.clock.now = line!.expiresAt;
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
  });

  test.each([
    ['clear(true)', (shop: Shop) => shop.holdfast.carts.clear(CART, { releaseReservations: true })],
    ['clear() by default', (shop: Shop) => shop.holdfast.carts.clear(CART)],
    ['cart.clear', (shop: Shop) => shop.holdfast.carts.empty({}, ann())],
  ])('%s releases, exactly once', async (_name, clear) => {
    await using shop = await open();
    await shop.supply('cup', { units: 5 });
    await add(shop, 3);
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 5 }, ann()));
    expect(yes(await clear(shop)).lines).toEqual([]);
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    expect(await shop.units('cup')).toEqual([5, 0, 5]);
    yes(await clear(shop));
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('clear(false) does not release', async () => {
    await using shop = await open();
    await add(shop, 3);
    expect(yes(await shop.holdfast.carts.clear(CART, { releaseReservations: false })).lines).toEqual([]);
    expect(await shop.units(SKU)).toEqual([10, 3, 7]);
    await shop.soundAudit();
  });

  test('consume + clear(false), as a checkout does, releases nothing a second time', async () => {
    await using shop = await open();
    const [line] = (await add(shop, 3)).lines;
    yes(await shop.holdfast.inventory.consume({ holdId: line!.holdId }, OPERATOR));
    yes(await shop.holdfast.carts.clear(CART, { releaseReservations: false }));
    expect(await shop.units(SKU)).toEqual([7, 0, 7]);
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toEqual([]);
    await shop.soundAudit();
  });

  test('refuses clear(true) after a consume with a clear error, and changes nothing', async () => {
    await using shop = await open();
    await shop.supply('cup', { units: 5 });
    const [line] = (await add(shop, 3)).lines;
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, ann()));
    yes(await shop.holdfast.inventory.consume({ holdId: line!.holdId }, OPERATOR));
    const before = yes(await shop.holdfast.carts.get({}, ann()));
    const refusal = no(await shop.holdfast.carts.clear(CART, { releaseReservations: true }));
    expect(refusal).toEqual({ reason: 'hold_not_active', meta: { holdId: line!.holdId, state: 'consumed' } });
    expect(no(await shop.holdfast.carts.releaseAndDeleteLine(CART, SKU))).toEqual(refusal);
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toEqual(before);
    expect(await shop.units(SKU)).toEqual([7, 0, 7]);
    expect(await shop.units('cup')).toEqual([5, 2, 3]);
  });

  test('refuses clear(true) after a release, so units are never released twice', async () => {
    await using shop = await open();
    const [line] = (await add(shop, 3)).lines;
    yes(await shop.holdfast.inventory.release({ holdId: line!.holdId }, OPERATOR));
    expect(no(await shop.holdfast.carts.clear(CART))).toMatchObject({ meta: { state: 'released' } });
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
  });

  test('a line that was sold or released elsewhere does not block the shopper', async () => {
    await using shop = await open();
    const [line] = (await add(shop, 3)).lines;
    yes(await shop.holdfast.inventory.consume({ holdId: line!.holdId }, OPERATOR));
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toMatchObject({ lines: [], expired: [] });
    expect((await add(shop, 2)).lines).toMatchObject([{ quantity: 2 }]);
    yes(await shop.holdfast.carts.empty({}, ann()));
    expect(await shop.units(SKU)).toEqual([7, 0, 7]);
    await shop.soundAudit();
  });

  test('checkout = consume + clear(false): on hand and reserved fall, and nothing is released afterwards', async () => {
    await using shop = await open();
    await add(shop, 3);
    const order = yes(await shop.holdfast.checkout.place({}, ann('k1')));
    expect(order).toMatchObject({ status: 'placed', lines: [{ sku: SKU, quantity: 3, returned: 0 }] });
    expect(await shop.units(SKU)).toEqual([7, 0, 7]);
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toMatchObject({ version: 0, lines: [], expired: [] });
    yes(await shop.holdfast.carts.empty({}, ann()));
    yes(await shop.holdfast.carts.clear(CART));
    expect(await shop.units(SKU)).toEqual([7, 0, 7]);
    const { movements } = yes(await shop.holdfast.stock.history({ sku: SKU }));
    expect(movements.map(({ kind }) => kind)).toEqual(['consumed', 'reserved', 'received']);
    await shop.soundAudit();
  });

  test('a cart that expires releases its units exactly once, and is removed', async () => {
    await using shop = await open();
    const { expiresAt } = await add(shop, 3);
    shop.clock.now = expiresAt;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toMatchObject({ version: 0, lines: [], expired: [] });
    const { movements } = yes(await shop.holdfast.stock.history({ sku: SKU }));
    expect(movements.map(({ kind }) => kind)).toEqual(['expired', 'reserved', 'received']);
    expect(shop.holdfast.stats()).toMatchObject({ cartsExpired: 1, expiryFailures: 0 });
    await shop.soundAudit();
  });

  test('a hold that expires is released exactly once, and its line is deleted without a release', async () => {
    await using shop = await open();
    await shop.supply('cup', { units: 5 });
    const [line] = (await add(shop, 3)).lines;
    shop.clock.now += 1_000;
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, ann()));
    shop.clock.now = line!.expiresAt;
    await shop.holdfast.expiry.sweepNow();
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units(SKU)).toEqual([10, 0, 10]);
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toMatchObject({
      lines: [{ sku: 'cup', quantity: 2 }],
      expired: [{ sku: SKU, quantity: 3, at: line!.expiresAt }],
    });
    const { movements } = yes(await shop.holdfast.stock.history({ sku: SKU }));
    expect(movements.map(({ kind }) => kind)).toEqual(['expired', 'reserved', 'received']);
    await shop.soundAudit();
  });

  test('concurrent reservations do not oversell', async () => {
    await using shop = await open(25);
    const carts = Array.from({ length: 100 }, (_, index) => shopper(`buyer${index}`));
    const added = await Promise.all(carts.map((call) => shop.holdfast.carts.add({ sku: SKU, quantity: 1 }, call())));
    expect(added.filter(({ ok }) => ok)).toHaveLength(25);
    const refused = added.filter((result) => !result.ok).map(no);
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['insufficient_stock']));
    expect(await shop.units(SKU)).toEqual([25, 25, 0]);
    const placed = await Promise.all(carts.map((call) => shop.holdfast.checkout.place({}, call('once'))));
    expect(placed.filter(({ ok }) => ok)).toHaveLength(25);
    expect(await shop.units(SKU)).toEqual([0, 0, 0]);
    expect(await shop.sold(SKU)).toBe(25);
    await shop.soundAudit();
  });
});
