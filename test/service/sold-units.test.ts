import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { kitOf } from '../support/kit-shop.ts';
import { OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const bob = shopper('bob');
const reason = 'r';
const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

describe.each(engines)('the sold units of a level on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const soldOf = async ({ holdfast: { stock } }: Shop, ...skus: string[]) =>
    Promise.all(skus.map(async (sku) => yes(await stock.level({ sku })).sold));

  test.each(['dispatch', 'sale'] as const)('are those of orders with SELL_AT=%s, less the returned', async (sellAt) => {
    await using shop = await openShopWith(engine, { settings: { sellAt } });
    const { carts, checkout, orders, stock } = shop.holdfast;
    await shop.supply('mug', { units: 20 });
    await shop.supply('box', { units: 20 });
    yes(await stock.define({ sku: 'set', components: kitOf({ mug: 2, box: 1 }) }, OPERATOR));
    yes(await carts.add({ sku: 'set', quantity: 3 }, bob()));
    yes(await carts.add({ sku: 'mug', quantity: 4 }, bob()));
    expect(await soldOf(shop, 'mug', 'box', 'set')).toEqual([0, 0, 0]);
    const { orderId } = yes(await checkout.place({}, bob('pay')));
    expect(await soldOf(shop, 'mug', 'box', 'set')).toEqual([10, 3, 3]);
    if (sellAt === 'dispatch') {
      yes(await orders.cancelLine({ orderId, sku: 'mug', quantity: 1, reason }, OPERATOR));
      yes(await orders.fulfil({ orderId }, OPERATOR));
      expect(await soldOf(shop, 'mug', 'box', 'set')).toEqual([9, 3, 3]);
    }
    const [mugs] = await soldOf(shop, 'mug');
    const give = (sku: string, restock: boolean) =>
      orders.return({ orderId, lines: [{ sku, quantity: 1 }], restock, reason }, keyed(sku));
    yes(await give('set', true));
    yes(await give('mug', false));
    expect(await soldOf(shop, 'mug', 'box', 'set')).toEqual([Number(mugs) - 3, 2, 2]);
    expect(yes(await stock.list({})).items.map(({ sku, sold }) => [sku, sold])).toEqual([
      ['box', 2],
      ['mug', Number(mugs) - 3],
      ['set', 2],
    ]);
    await shop.soundAudit();
  });

  test('are the sum over the locations, and those of each', async () => {
    await using shop = await openShopWith(engine, {});
    const { carts, checkout, locations, stock } = shop.holdfast;
    await shop.supply('tea', { units: 5 });
    yes(await locations.define({ id: 'berlin', priority: 1 }, OPERATOR));
    yes(await locations.define({ id: 'attic', active: false }, OPERATOR));
    yes(await stock.receive({ sku: 'tea', quantity: 4, location: 'berlin' }, OPERATOR));
    yes(await carts.add({ sku: 'tea', quantity: 7 }, bob()));
    yes(await checkout.place({}, bob('pay')));
    const level = yes(await stock.level({ sku: 'tea' }));
    expect(level.sold).toBe(7);
    expect(level.locations?.map(({ location, sold }) => [location, sold])).toEqual([
      ['berlin', 4],
      ['main', 3],
    ]);
    expect(yes(await stock.level({ sku: 'tea', location: 'berlin' })).sold).toBe(4);
    expect(yes(await stock.level({ sku: 'tea', location: 'attic' })).sold).toBe(0);
  });
});
