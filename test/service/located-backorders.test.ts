import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { allocated, openLocatedShop } from '../support/located-shop.ts';
import { OPERATOR, shopper, yes } from '../support/shop.ts';

const [ann, ben, cleo] = [shopper('ann'), shopper('ben'), shopper('cleo')];

describe.each(engines)('backorders at one of several locations on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('no unit is backordered while another location has one on hand, and the answer says how many are', async () => {
    const stock = { cup: { first: 2, second: 5 } };
    await using shop = await openLocatedShop(engine, {
      locations: ['first', 'second'],
      settings: { sellAt: 'dispatch' },
      stock,
    });
    const { carts } = shop.holdfast;
    yes(await shop.holdfast.stock.define({ sku: 'cup', location: 'first', backorderLimit: 10 }, OPERATOR));
    expect(allocated(yes(await carts.add({ sku: 'cup', quantity: 1 }, ann())))).toEqual({ cup: { first: 1 } });
    // From here on, the first attempt of a new cart reads nothing.
    const second = yes(await carts.add({ sku: 'cup', quantity: 4 }, ben()));
    expect(allocated(second)).toEqual({ cup: { first: 1, second: 3 } });
    expect(second.lines[0]).not.toHaveProperty('backordered');
    const { granted: _, ...third } = yes(await carts.add({ sku: 'cup', quantity: 5 }, cleo()));
    expect(third.lines[0]).toMatchObject({ quantity: 5, backordered: 3 });
    expect(third).toEqual(yes(await carts.get({}, cleo())));
    await shop.soundAudit();
  });
});
