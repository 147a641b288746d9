import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import type { HoldfastOptions } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const [ann, bob, cai] = [shopper('ann'), shopper('bob'), shopper('cai')];
const WEBHOOKS: Partial<HoldfastOptions> = {
  webhooks: {
    sender: createHttpSender({ allowPrivate: true }),
    schedule: { pausesMs: [1_000], jitter: 0, random: () => 0 },
  },
};
const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });
const tomorrow = 1_750_032_000_000;

describe.each(engines)('backorders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A SKU with so many units on hand, and room for ten more. */
  const open = async (units: number, options: Partial<HoldfastOptions> = {}) => {
    const settings = { sellAt: 'dispatch', cacheMs: 0, ...options.settings } as const;
    const shop = await openShopWith(engine, { ...options, settings });
    await shop.supply('mug', { units, backorderLimit: 10, shipsAt: tomorrow });
    return shop;
  };
  const add = async ({ holdfast, clock }: Shop, who: typeof ann, quantity: number) => {
    const cart = yes(await holdfast.carts.add({ sku: 'mug', quantity }, who()));
    clock.now += 1;
    return cart.lines[0];
  };
  const lineOf = async ({ holdfast }: Shop, who: typeof ann) => yes(await holdfast.carts.get({}, who())).lines[0];
  const level = async ({ holdfast }: Shop) => yes(await holdfast.stock.level({ sku: 'mug' }));
  const receive = async ({ holdfast }: Shop, quantity: number) =>
    yes(await holdfast.stock.receive({ sku: 'mug', quantity }, OPERATOR));

  test('carts and orders say how many units are backordered, and received units go to the oldest first', async () => {
    await using shop = await open(4);
    const { checkout, orders, stock } = shop.holdfast;
    expect(yes(await stock.availability({ skus: ['mug'] }))).toEqual([{ sku: 'mug', available: 14, status: 'low' }]);
    expect(await add(shop, ann, 5)).toMatchObject({ quantity: 5, backordered: 1 });
    expect(await add(shop, bob, 3)).toMatchObject({ quantity: 3, backordered: 3 });
    expect(await add(shop, bob, 1)).toMatchObject({ quantity: 4, backordered: 4 });
    const placed = yes(await checkout.place({}, ann('pay')));
    expect(placed.lines).toMatchObject([{ quantity: 5, backordered: 1 }]);
    expect(await level(shop)).toMatchObject({ onHand: 4, reserved: 4, committed: 5, backordered: 5, available: 5 });
    const availability = await stock.availability({ skus: ['mug'] });
    expect(yes(availability)).toEqual([{ sku: 'mug', available: 5, status: 'backorder', shipsAt: tomorrow }]);
    expect(no(await shop.holdfast.carts.add({ sku: 'mug', quantity: 6 }, cai()))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested: 6, available: 5 }] },
    });
    expect(await receive(shop, 3)).toMatchObject({ onHand: 7, backordered: 2 });
    const order = yes(await orders.get({ orderId: placed.orderId }, ann()));
    expect(order.lines[0]).not.toHaveProperty('backordered');
    expect(await lineOf(shop, bob)).toMatchObject({ quantity: 4, backordered: 2 });
    const [filled] = yes(await stock.history({ sku: 'mug', limit: 1 })).movements;
    expect(filled).toMatchObject({ kind: 'filled', quantity: 2, backordered: { before: 4, after: 2 } });
    await shop.soundAudit();
  });

  test('units that are not on hand cannot be dispatched', async () => {
    await using shop = await open(2);
    const { checkout, orders } = shop.holdfast;
    await add(shop, ann, 3);
    const { orderId } = yes(await checkout.place({}, ann('pay')));
    expect(no(await orders.fulfil({ orderId }, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested: 3, available: 2 }] },
    });
    const lines = [{ sku: 'mug', quantity: 2 }];
    const parted = yes(await orders.fulfil({ orderId, lines }, OPERATOR));
    expect(parted.lines).toMatchObject([{ quantity: 3, fulfilled: 2, backordered: 1 }]);
    const listed = yes(await orders.list({ status: 'partially_fulfilled' }));
    expect(listed.items[0]?.lines).toMatchObject([{ backordered: 1 }]);
    await receive(shop, 1);
    expect(yes(await orders.fulfil({ orderId }, OPERATOR)).status).toBe('fulfilled');
    expect(await level(shop)).toMatchObject({ onHand: 0, committed: 0, backordered: 0, available: 10 });
    await shop.soundAudit();
  });

  test('counts, adjustments, returns, imports and a lower safety stock fill backorders', async () => {
    await using shop = await open(2);
    const { stock, checkout, orders, bulk } = shop.holdfast;
    await add(shop, ann, 2);
    const { orderId } = yes(await checkout.place({}, ann('pay')));
    yes(await orders.fulfil({ orderId }, OPERATOR));
    yes(await stock.define({ sku: 'mug', safetyStock: 1 }, OPERATOR));
    await add(shop, bob, 5);
    const awaited = async () => (await level(shop)).backordered;
    yes(await stock.adjust({ sku: 'mug', delta: 2, reason: 'found' }, OPERATOR));
    expect(await awaited()).toBe(4);
    yes(await stock.define({ sku: 'mug', safetyStock: 0 }, OPERATOR));
    expect(await awaited()).toBe(3);
    yes(await stock.count({ sku: 'mug', onHand: 3 }, OPERATOR));
    expect(await awaited()).toBe(2);
    const input = { orderId, lines: [{ sku: 'mug', quantity: 1 }], restock: true, reason: 'r' };
    yes(await orders.return(input, keyed('return')));
    expect(await awaited()).toBe(1);
    const row = { row: { sku: 'mug', onHand: 6 }, text: 'mug,6' };
    const entries = (async function* () {
      yield row;
    })();
    yes(await bulk.import(entries, { key: 'file' }, OPERATOR));
    expect(await level(shop)).toMatchObject({ onHand: 6, reserved: 5, backordered: 0, available: 11 });
    await shop.soundAudit();
  });

  test('a repeated delivery is received once, and fills once', async () => {
    await using shop = await open(0);
    await add(shop, ann, 4);
    const input = { sku: 'mug', quantity: 3 };
    yes(await shop.holdfast.stock.receive(input, keyed('delivery')));
    yes(await shop.holdfast.stock.receive(input, keyed('delivery')));
    expect(await level(shop)).toMatchObject({ onHand: 3, backordered: 1 });
  });

  test('units of released and expired holds go to backorders soon after', async () => {
    await using shop = await open(5);
    await add(shop, ann, 3);
    await add(shop, bob, 2);
    await add(shop, cai, 4);
    yes(await shop.holdfast.carts.empty({}, ann()));
    await shop.holdfast.expiry.sweepNow();
    expect(await lineOf(shop, cai)).toMatchObject({ quantity: 4, backordered: 1 });
    shop.clock.now += 600_000;
    yes(await shop.holdfast.carts.extend({}, cai()));
    shop.clock.now += 600_000;
    await shop.holdfast.expiry.sweepNow();
    expect(await lineOf(shop, cai)).not.toHaveProperty('backordered');
    await shop.soundAudit();
  });

  test('merging two carts loses no unit on hand to older backorders', async () => {
    await using shop = await open(4);
    await add(shop, ann, 2);
    await add(shop, cai, 2);
    await add(shop, bob, 3);
    const customer = shopper('customer', 'customer:1');
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, customer()));
    yes(await shop.holdfast.stock.define({ sku: 'mug', backorderLimit: 1 }, OPERATOR));
    const merged = yes(await shop.holdfast.carts.merge({ from: { cartId: 'crt_ann', customer: null } }, customer()));
    expect(merged.cart.lines).toMatchObject([{ quantity: 3, backordered: 1 }]);
    expect(await lineOf(shop, bob)).toMatchObject({ backordered: 3 });
    await shop.soundAudit();
  });

  test('an archived SKU takes no backorders, and one with backorders is not archived', async () => {
    await using shop = await open(0);
    const { stock, carts } = shop.holdfast;
    await add(shop, ann, 1);
    expect(no(await stock.archive({ sku: 'mug', reason: 'gone' }, OPERATOR)).reason).toBe('below_reserved');
    yes(await carts.empty({}, ann()));
    expect(yes(await stock.archive({ sku: 'mug', reason: 'gone' }, OPERATOR))).not.toHaveProperty('backorderLimit');
    expect(no(await carts.add({ sku: 'mug', quantity: 1 }, bob())).reason).toBe('insufficient_stock');
    expect(yes(await stock.list({})).items).toEqual([]);
  });

  test('a write-off ends only holds that have units on hand', async () => {
    await using shop = await open(4);
    await add(shop, ann, 2);
    await add(shop, bob, 3);
    await add(shop, cai, 2);
    const input = { sku: 'mug', quantity: 1, reason: 'broken', takeFrom: 'newest_holds' } as const;
    const written = yes(await shop.holdfast.stock.writeOff(input, OPERATOR));
    expect(written).toMatchObject({ onHand: 3, reserved: 4, backordered: 2, endedHolds: [expect.any(String)] });
    expect(await lineOf(shop, bob)).toBeUndefined();
    await shop.soundAudit();
  });

  test('with SELL_AT=sale no SKU may have a limit of backorders, and backordered units are not sold', async () => {
    await using shop = await openShopWith(engine);
    const { stock, carts, checkout, bulk } = shop.holdfast;
    expect(no(await stock.define({ sku: 'mug', backorderLimit: 1 }, OPERATOR))).toMatchObject({
      reason: 'invalid_input',
      meta: { issues: [{ path: 'backorderLimit' }] },
    });
    const entries = (async function* () {
      yield { row: { sku: 'mug', backorderLimit: 3 }, text: 'mug,3' };
    })();
    const { problems } = yes(await bulk.import(entries, { key: 'file' }, OPERATOR));
    expect(problems).toMatchObject([{ sku: 'mug', column: 'backorderLimit', reason: 'invalid_input' }]);
    const other = await shop.another(engine, { settings: { sellAt: 'dispatch' } });
    yes(await other.stock.define({ sku: 'mug', backorderLimit: 3 }, OPERATOR));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    expect(no(await checkout.place({}, ann('pay'))).reason).toBe('insufficient_stock');
    yes(await stock.receive({ sku: 'mug', quantity: 1 }, OPERATOR));
    expect(yes(await checkout.place({}, ann('pay'))).status).toBe('placed');
    await shop.soundAudit();
  });

  test('backorder.filled announces each hold that got units', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await open(0, WEBHOOKS);
    const { webhooks, checkout } = shop.holdfast;
    const events = ['backorder.filled'] as const;
    receiver.secret = yes(await webhooks.create({ url: receiver.url, events }, OPERATOR)).secret;
    const anns = await add(shop, ann, 2);
    const { orderId } = yes(await checkout.place({}, ann('pay')));
    const bobs = await add(shop, bob, 3);
    shop.holdfast.expiry.start();
    await receive(shop, 4);
    await receiver.got(2);
    expect(receiver.received.map(({ payload: { type, data } }) => [type, data])).toEqual([
      [
        'backorder.filled',
        { shop: shop.store.shop, sku: 'mug', holdId: anns?.holdId, owner: `order:${orderId}`, orderId, units: 2 },
      ],
      [
        'backorder.filled',
        { shop: shop.store.shop, sku: 'mug', holdId: bobs?.holdId, owner: 'cart:crt_bob', units: 2 },
      ],
    ]);
  });
});
