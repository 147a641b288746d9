import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const [ann, bob] = [shopper('ann'), shopper('bob')];
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const [WRONG, RIGHT] = [EUR(49), EUR(49_900)];

describe.each(engines)('a price that is corrected, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('mug', { units: 5_000, unitPrice: WRONG });
    await shop.supply('cup', { units: 50, unitPrice: EUR(300) });
    return shop;
  };
  const add = async (shop: Shop, quantity: number, call = ann, sku = 'mug') =>
    yes(await shop.holdfast.carts.add({ sku, quantity }, call()));
  const correct = async (shop: Shop, unitPrice: { amount: number; currency: string } | null = RIGHT) =>
    yes(await shop.holdfast.stock.define({ sku: 'mug', unitPrice }, OPERATOR));
  const newLine = (quantity: number) => ({ sku: 'mug', quantity, unitPrice: RIGHT, repriced: true });
  const oldLine = (quantity: number) => ({ sku: 'mug', quantity, unitPrice: WRONG });

  test.each(['add', 'add in best effort', 'setQuantity'] as const)(
    'applies to the whole line once units are added by %s, and the answer reports it',
    async (by) => {
      await using shop = await open();
      await add(shop, 2, ann, 'cup');
      const before = await add(shop, 1);
      expect(before.lines[1]).not.toHaveProperty('repriced');
      await correct(shop);
      const { carts } = shop.holdfast;
      const mode = by === 'add' ? 'exact' : 'best_effort';
      const cart =
        by === 'setQuantity'
          ? yes(await carts.setQuantity({ sku: 'mug', quantity: 1_000 }, ann()))
          : yes(await carts.add({ sku: 'mug', quantity: 999, mode }, ann()));
      expect(cart).toMatchObject({
        total: EUR(600 + 1_000 * 49_900),
        lines: [{ sku: 'cup', quantity: 2 }, newLine(1_000)],
      });
      expect(cart.lines[1]?.holdId).toBe(before.lines[1]?.holdId);
      expect(cart.version).toBeGreaterThan(before.version);
      expect(yes(await carts.get({}, ann()))).toMatchObject({ lines: [{ sku: 'cup' }, newLine(1_000)] });
      const stale = { expectedTotal: EUR(600 + 1_000 * 49) };
      expect(no(await shop.holdfast.checkout.place(stale, ann('stale'))).reason).toBe('cart_changed');
      const order = yes(await shop.holdfast.checkout.place({}, ann('place')));
      expect(order).toMatchObject({ total: cart.total, lines: [{ sku: 'cup' }, newLine(1_000)] });
      expect(order.lines[0]).not.toHaveProperty('repriced');
      await shop.soundAudit();
    },
  );

  test('does not change a line that stays or shrinks', async () => {
    await using shop = await open();
    await add(shop, 5);
    await correct(shop);
    const { carts } = shop.holdfast;
    expect(yes(await carts.setQuantity({ sku: 'mug', quantity: 5 }, ann())).lines).toMatchObject([oldLine(5)]);
    expect(yes(await carts.extend({}, ann())).lines).toMatchObject([oldLine(5)]);
    const { lines } = yes(await carts.setQuantity({ sku: 'mug', quantity: 2 }, ann()));
    expect(lines).toMatchObject([oldLine(2)]);
    expect(lines[0]).not.toHaveProperty('repriced');
    expect((await add(shop, 1)).lines).toMatchObject([newLine(3)]);
  });

  test('applies if the price is removed, and if there was none', async () => {
    await using shop = await open();
    await add(shop, 1);
    await correct(shop, null);
    const [line] = (await add(shop, 1)).lines;
    expect(line).toMatchObject({ quantity: 2, repriced: true });
    expect(line).not.toHaveProperty('unitPrice');
    await correct(shop);
    expect((await add(shop, 1)).lines).toMatchObject([newLine(3)]);
  });

  test('is read by another process that has cached the old price, once its cache entry expires', async () => {
    await using shop = await open();
    const other = await shop.another(engine, { settings: { cacheMs: 1 } });
    yes(await other.carts.add({ sku: 'mug', quantity: 1 }, ann()));
    await correct(shop);
    await expect
      .poll(async () => yes(await other.carts.add({ sku: 'mug', quantity: 1 }, ann())).lines[0]?.unitPrice)
      .toEqual(RIGHT);
  });

  test('applies when a merge adds units to the line, whichever cart had the old price', async () => {
    for (const first of [ann, bob]) {
      await using shop = await open();
      const second = first === ann ? bob : ann;
      await add(shop, 1, first);
      await correct(shop);
      await add(shop, 1_000, second);
      const from = { cartId: 'crt_ann', customer: null };
      const { cart } = yes(await shop.holdfast.carts.merge({ from }, bob()));
      expect(cart.lines).toMatchObject([newLine(1_001)]);
      await shop.soundAudit();
    }
  });

  test('does not apply to a moved line: a merge and restoreCart keep the price', async () => {
    await using shop = await open();
    await add(shop, 3);
    await correct(shop);
    const { cart } = yes(await shop.holdfast.carts.merge({ from: { cartId: 'crt_ann', customer: null } }, bob()));
    expect(cart.lines).toMatchObject([oldLine(3)]);
    const { orderId } = yes(await shop.holdfast.checkout.begin({}, bob('begin')));
    yes(await shop.holdfast.checkout.cancel({ orderId, restoreCart: true }, bob()));
    expect(yes(await shop.holdfast.carts.get({}, bob())).lines).toMatchObject([oldLine(3)]);
  });

  test('applies when restoreCart adds the order’s units to the line', async () => {
    await using shop = await open();
    await add(shop, 1_000);
    const { orderId } = yes(await shop.holdfast.checkout.begin({}, ann('begin')));
    await correct(shop);
    await add(shop, 1);
    yes(await shop.holdfast.checkout.cancel({ orderId, restoreCart: true }, ann()));
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toMatchObject([newLine(1_001)]);
  });

  test('applies when checkout.place adds items to the line', async () => {
    await using shop = await open();
    await add(shop, 1);
    await correct(shop);
    const items = [{ sku: 'mug', quantity: 999 }];
    const place = (amount: number) =>
      shop.holdfast.checkout.place({ items, expectedTotal: EUR(amount) }, ann(`for ${amount}`));
    expect(no(await place(1_000 * 49)).reason).toBe('cart_changed');
    expect(yes(await place(1_000 * 49_900)).lines).toMatchObject([newLine(1_000)]);
    await shop.soundAudit();
  });
});
