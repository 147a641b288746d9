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

  test('the locations of a line are chosen from what the lines before it leave', async () => {
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
});
