import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { engines } from '../support/engines.ts';
import { allocated, openLocatedShop } from '../support/located-shop.ts';
import { no, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const WEBHOOKS = {
  settings: { sellAt: 'dispatch' },
  webhooks: { sender: createHttpSender({ allowPrivate: true }) },
} as const;
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

  /** A SKU at two locations, with room for backorders at the first one. */
  const open = async (first: number, second: number) => {
    const shop = await openLocatedShop(engine, {
      locations: ['first', 'second'],
      settings: { sellAt: 'dispatch' },
      stock: { cup: { first, second } },
    });
    yes(await shop.holdfast.stock.define({ sku: 'cup', location: 'first', backorderLimit: 10 }, OPERATOR));
    return shop;
  };
  const level = async ({ holdfast }: Awaited<ReturnType<typeof open>>) =>
    yes(await holdfast.stock.level({ sku: 'cup' }));

  test('a reservation gets the units on hand of all locations before any is backordered', async () => {
    await using shop = await open(2, 3);
    const { reservations } = shop.holdfast;
    const create = { reference: 'po-1', lines: [{ sku: 'cup', quantity: 3 }], ttlMs: null };
    const { reservationId, lines } = yes(await reservations.create(create, OPERATOR));
    expect(lines[0]).toMatchObject({
      backordered: 0,
      allocations: [
        { location: 'first', quantity: 2 },
        { location: 'second', quantity: 1 },
      ],
    });
    const grown = yes(await reservations.resize({ reservationId, lines: [{ sku: 'cup', quantity: 6 }] }, OPERATOR));
    expect(grown.lines[0]).toMatchObject({
      backordered: 1,
      allocations: [
        { location: 'first', quantity: 3 },
        { location: 'second', quantity: 3 },
      ],
    });
  });

  test('no unit is backordered at a location where a buyer was faster while another location has units', async () => {
    await using shop = await open(6, 12);
    const { holdfast } = shop;
    const other = await shop.another(engine, { settings: { sellAt: 'dispatch' } });
    const reserve = (reference: string) =>
      other.reservations.create({ reference, lines: [{ sku: 'cup', quantity: 3 }], ttlMs: null }, OPERATOR);
    const place = { items: [{ sku: 'cup', quantity: 3 }] };
    const ordered = { ...ben(), idempotencyKey: 'once' };
    const orders = await Promise.all([
      reserve('po-1'),
      holdfast.carts.add({ sku: 'cup', quantity: 3 }, ann()),
      holdfast.checkout.place(place, ordered),
      reserve('po-2'),
    ]);
    const { orderId } = yes(await orders[2]);
    const reservationId = yes(await orders[3]).reservationId;
    const more = await Promise.all([
      holdfast.carts.setQuantity({ sku: 'cup', quantity: 5 }, ann()),
      holdfast.orders.setLineQuantity({ orderId, sku: 'cup', quantity: 5, reason: 'more' }, OPERATOR),
      other.reservations.resize({ reservationId, lines: [{ sku: 'cup', quantity: 5 }] }, OPERATOR),
    ]);
    expect([...orders, ...more].map(({ ok }) => ok)).not.toContain(false);
    expect(await level(shop)).toMatchObject({ onHand: 18, reserved: 13, committed: 5, backordered: 0 });
    await shop.soundAudit();
  });

  test('a best-effort call gets the units of another location if another buyer was faster', async () => {
    await using shop = await open(6, 6);
    const { carts } = shop.holdfast;
    const take = (quantity: number, who: typeof ann) =>
      carts.add({ sku: 'cup', quantity, mode: 'best_effort' as const }, who());
    yes(await take(1, cleo));
    const answers = await Promise.all([take(1, cleo), take(4, ann), take(4, ben)]);
    expect(answers.map((answer) => yes(answer).granted)).toEqual([1, 4, 4]);
  });

  test('a call for kits backorders a component, if a buyer was faster at its last units on hand', async () => {
    await using shop = await open(5, 0);
    await shop.supply('lid', { units: 8 });
    const { carts, locations, stock } = shop.holdfast;
    yes(await locations.define({ id: 'first', priority: 200 }, OPERATOR));
    yes(await stock.receive({ sku: 'lid', location: 'first', quantity: 8 }, OPERATOR));
    const components = [
      { sku: 'cup', quantity: 1 },
      { sku: 'lid', quantity: 2 },
    ];
    yes(await stock.define({ sku: 'set', location: 'first', components }, OPERATOR));
    const other = await shop.another(engine, { settings: { sellAt: 'dispatch' } });
    await other.stock.level({ sku: 'set' });
    const [sets, cups] = await Promise.all([
      carts.add({ sku: 'set', quantity: 4, mode: 'best_effort' }, ann()),
      other.carts.add({ sku: 'cup', quantity: 2 }, ben()),
    ]);
    expect([yes(sets).granted, yes(cups).granted]).toEqual([4, 2]);
    await shop.soundAudit();
  });

  test('a transfer takes no unit for which a backorder waits', async () => {
    await using shop = await open(3, 0);
    const { carts, transfers, expiry } = shop.holdfast;
    yes(await carts.add({ sku: 'cup', quantity: 1 }, ann()));
    yes(await carts.add({ sku: 'cup', quantity: 3 }, ben()));
    const lines = [{ sku: 'cup', quantity: 1 }];
    const { transferId } = yes(await transfers.create({ from: 'first', to: 'second', lines }, OPERATOR));
    yes(await carts.remove({ sku: 'cup' }, ann()));
    const refusal = no(await transfers.dispatch({ transferId }, OPERATOR));
    expect(refusal).toMatchObject({ reason: 'insufficient_stock', meta: { lines: [{ requested: 1, available: 0 }] } });
    await expiry.sweepNow();
    expect(await level(shop)).toMatchObject({ onHand: 3, reserved: 3, backordered: 0 });
  });

  test('backorder.filled says at which location the hold got units', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    const { carts, expiry, locations, stock, webhooks } = shop.holdfast;
    const created = yes(await webhooks.create({ url: receiver.url, events: ['backorder.filled'] }, OPERATOR));
    receiver.secret = created.secret;
    yes(await locations.define({ id: 'first', priority: 1 }, OPERATOR));
    await shop.supply('cup');
    for (const location of ['main', 'first'])
      yes(await stock.define({ sku: 'cup', location, backorderLimit: 1 }, OPERATOR));
    const { lines } = yes(await carts.add({ sku: 'cup', quantity: 2 }, ann()));
    expect(lines[0]).toMatchObject({ backordered: 2 });
    expiry.start();
    for (const location of ['first', 'main']) yes(await stock.receive({ sku: 'cup', location, quantity: 1 }, OPERATOR));
    await receiver.got(2);
    const [first, second] = receiver.received.map(({ payload }) => payload.data);
    expect(first).toMatchObject({ sku: 'cup', location: 'first', units: 1 });
    expect(second).toMatchObject({ sku: 'cup', units: 1 });
    expect(second).not.toHaveProperty('location');
  });
});
