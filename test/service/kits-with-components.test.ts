import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { kitOf, openKitShop } from '../support/kit-shop.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';

describe.each(engines)('a kit and its component in one call on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const lines = [
    { sku: 'box', quantity: 9 },
    { sku: 'set', quantity: 1 },
  ];

  test('a reservation is refused for the kit that the other line leaves no component for', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
    const { reservations, stock } = shop.holdfast;
    const create = () => reservations.create({ reference: 'po-1', lines, ttlMs: null }, OPERATOR);
    const short = { lines: [{ sku: 'set', requested: 1, available: 0 }] };
    expect(no(await create())).toEqual({ reason: 'insufficient_stock', meta: short });
    yes(await stock.receive({ sku: 'box', quantity: 1 }, OPERATOR));
    const { reservationId } = yes(await create());
    const more = [
      { sku: 'box', quantity: 10 },
      { sku: 'set', quantity: 2 },
    ];
    yes(await stock.receive({ sku: 'box', quantity: 1 }, OPERATOR));
    const resize = reservations.resize({ reservationId, lines: more }, OPERATOR);
    expect(no(await resize)).toMatchObject({ reason: 'insufficient_stock', meta: { lines: [{ sku: 'set' }] } });
    await shop.soundAudit();
  });

  test('the locations of a line are chosen from the units that earlier lines leave', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
    const { checkout, locations, stock } = shop.holdfast;
    yes(await locations.define({ id: 'berlin', priority: 1 }, OPERATOR));
    for (const [sku, quantity] of [['mug', 2] as const, ['box', 1] as const])
      yes(await stock.receive({ sku, location: 'berlin', quantity }, OPERATOR));
    yes(await stock.define({ sku: 'set', location: 'berlin', components: kitOf({ mug: 2, box: 1 }) }, OPERATOR));
    const order = yes(await checkout.place({ items: lines }, shopper('ann')('pay')));
    expect(order.lines.map(({ allocations }) => allocations)).toEqual([
      [
        { location: 'berlin', quantity: 1 },
        { location: 'main', quantity: 8 },
      ],
      [{ location: 'main', quantity: 1 }],
    ]);
    await shop.soundAudit();
  });

  test.each([
    ['main alone', []],
    ['several locations', ['berlin']],
  ] as const)(
    'backorders of a component in the cart leave the units on hand to the kit before it: %s',
    async (_, others) => {
      await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
      const { carts, checkout, locations, stock } = shop.holdfast;
      for (const id of others) yes(await locations.define({ id }, OPERATOR));
      yes(await stock.define({ sku: 'box', backorderLimit: 1 }, OPERATOR));
      const ann = shopper('ann');
      yes(await carts.add({ sku: 'box', quantity: 1 }, ann()));
      const items = [
        { sku: 'set', quantity: 2 },
        { sku: 'box', quantity: 7 },
      ];
      const { lines: sold } = yes(await checkout.place({ items }, ann('pay')));
      expect(sold).toMatchObject([
        { sku: 'box', quantity: 8, backordered: 1 },
        { sku: 'set', quantity: 2 },
      ]);
      await shop.soundAudit();
    },
  );
});
