import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { countersOf, kitOf, openKitShop } from '../support/kit-shop.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const bob = shopper('bob', 'bob');
const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

describe.each(engines)('kits in carts and orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('a cart with a kit and its component holds the units of both', async () => {
    await using shop = await openKitShop(engine);
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 3 }, ann()));
    const cart = yes(await carts.add({ sku: 'mug', quantity: 4 }, ann()));
    expect(cart.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['set', 3],
      ['mug', 4],
    ]);
    expect(await countersOf(shop)).toEqual({ set: [3, 3, 0, 5], mug: [20, 10, 0, 10], box: [9, 3, 0, 6] });
    expect(no(await carts.add({ sku: 'set', quantity: 6 }, bob()))).toMatchObject({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'set', requested: 6, available: 5 }] },
    });
    yes(await carts.setQuantity({ sku: 'set', quantity: 1 }, ann()));
    expect(await countersOf(shop)).toEqual({ set: [1, 1, 0, 7], mug: [20, 6, 0, 14], box: [9, 1, 0, 8] });
    yes(await carts.extend({}, ann()));
    yes(await carts.remove({ sku: 'set' }, ann()));
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 8], mug: [20, 4, 0, 16], box: [9, 0, 0, 9] });
    yes(await carts.empty({}, ann()));
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 9], mug: [20, 0, 0, 20], box: [9, 0, 0, 9] });
    await shop.soundAudit();
  });

  test('a kit in a cart expires with its components, and the shopper sees one lost line', async () => {
    await using shop = await openKitShop(engine);
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 9 }, ann()));
    shop.clock.now += shop.holdfast.settings.holdTtlMs + 1;
    expect((await countersOf(shop))['set']).toEqual([0, 0, 0, 9]);
    expect(yes(await carts.add({ sku: 'set', quantity: 9 }, bob())).granted).toBe(9);
    await shop.holdfast.expiry.sweepNow();
    const { lines, expired } = yes(await carts.get({}, ann()));
    expect([lines.length, expired.map(({ sku, quantity }) => [sku, quantity])]).toEqual([0, [['set', 9]]]);
    await shop.soundAudit();
  });

  test('carts with kits merge, and keep their units', async () => {
    await using shop = await openKitShop(engine);
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 2 }, ann()));
    yes(await carts.add({ sku: 'set', quantity: 3 }, bob()));
    yes(await carts.merge({ from: { cartId: 'crt_ann', customer: null } }, bob()));
    expect(yes(await carts.get({}, bob())).lines).toMatchObject([{ sku: 'set', quantity: 5 }]);
    expect(await countersOf(shop)).toEqual({ set: [5, 5, 0, 4], mug: [20, 10, 0, 10], box: [9, 5, 0, 4] });
    await shop.soundAudit();
  });

  test('with SELL_AT=sale a sold kit takes its components, and returns them', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'sale' });
    const { carts, checkout, orders } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 3 }, bob()));
    const order = yes(await checkout.place({}, bob('pay')));
    expect(order).toMatchObject({ total: { amount: 3_300 }, lines: [{ sku: 'set', quantity: 3 }] });
    expect(yes(await checkout.place({}, bob('pay')))).toEqual(order);
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 6], mug: [14, 0, 0, 14], box: [6, 0, 0, 6] });
    const { orderId } = order;
    const back = { orderId, lines: [{ sku: 'set', quantity: 2 }], restock: true, reason: 'r' };
    yes(await orders.return(back, keyed('back')));
    yes(await orders.return(back, keyed('back')));
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 8], mug: [18, 0, 0, 18], box: [8, 0, 0, 8] });
    yes(
      await orders.return(
        { ...back, lines: [{ sku: 'set', quantity: 1 }], restock: false, reason: 'r' },
        keyed('broken'),
      ),
    );
    expect(no(await orders.return({ ...back, lines: [{ sku: 'set', quantity: 1 }] }, keyed('more'))).reason).toBe(
      'return_exceeds_sold',
    );
    expect((await countersOf(shop))['mug']).toEqual([18, 0, 0, 18]);
    await shop.soundAudit();
  });

  test('with SELL_AT=dispatch the components stay committed until the kit is dispatched', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
    const { carts, checkout, orders, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 5 }, bob()));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, bob()));
    const { orderId } = yes(await checkout.place({}, bob('pay')));
    expect(await countersOf(shop)).toEqual({ set: [5, 0, 5, 4], mug: [20, 0, 11, 9], box: [9, 0, 5, 4] });
    expect(no(await stock.count({ sku: 'box', onHand: 4 }, OPERATOR)).reason).toBe('below_reserved');
    await shop.soundAudit();
    const parcel = { orderId, lines: [{ sku: 'set', quantity: 2 }] };
    yes(await orders.fulfil(parcel, keyed('parcel')));
    yes(await orders.fulfil(parcel, keyed('parcel')));
    expect(await countersOf(shop)).toEqual({ set: [3, 0, 3, 4], mug: [16, 0, 7, 9], box: [7, 0, 3, 4] });
    yes(await orders.setLineQuantity({ orderId, sku: 'set', quantity: 4, reason: 'r' }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [2, 0, 2, 5], mug: [16, 0, 5, 11], box: [7, 0, 2, 5] });
    yes(await orders.setLineQuantity({ orderId, sku: 'set', quantity: 6, reason: 'r' }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [4, 0, 4, 3], mug: [16, 0, 9, 7], box: [7, 0, 4, 3] });
    expect(no(await orders.setLineQuantity({ orderId, sku: 'set', quantity: 11, reason: 'r' }, OPERATOR)).reason).toBe(
      'insufficient_stock',
    );
    yes(await orders.cancelLine({ orderId, sku: 'set', quantity: 4, reason: 'late' }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 7], mug: [16, 0, 1, 15], box: [7, 0, 0, 7] });
    await shop.soundAudit();
    yes(
      await orders.return({ orderId, lines: [{ sku: 'set', quantity: 2 }], restock: true, reason: 'r' }, keyed('back')),
    );
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 9], mug: [20, 0, 1, 19], box: [9, 0, 0, 9] });
    await shop.soundAudit();
  });

  test('a begun checkout keeps the components until it is paid, canceled or too late', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
    const { carts, checkout } = shop.holdfast;
    const begin = async (who: typeof ann, quantity: number, key: string) => {
      yes(await carts.add({ sku: 'set', quantity }, who()));
      return yes(await checkout.begin({}, who(key))).orderId;
    };
    const paid = await begin(ann, 2, 'one');
    const left = await begin(bob, 3, 'two');
    expect(await countersOf(shop)).toEqual({ set: [5, 5, 0, 4], mug: [20, 10, 0, 10], box: [9, 5, 0, 4] });
    yes(await checkout.confirm({ orderId: paid, paymentReference: 'p1' }, OPERATOR));
    yes(await checkout.cancel({ orderId: left, restoreCart: true }, bob()));
    expect(yes(await carts.get({}, bob())).lines).toMatchObject([{ sku: 'set', quantity: 3 }]);
    expect(await countersOf(shop)).toEqual({ set: [5, 3, 2, 4], mug: [20, 6, 4, 10], box: [9, 3, 2, 4] });
    const late = yes(await checkout.begin({}, bob('three'))).orderId;
    shop.clock.now += 4 * 3_600_000;
    await shop.holdfast.expiry.sweepNow();
    expect(await countersOf(shop)).toEqual({ set: [2, 0, 2, 7], mug: [20, 0, 4, 16], box: [9, 0, 2, 7] });
    yes(await checkout.confirm({ orderId: late, paymentReference: 'p2' }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [5, 0, 5, 4], mug: [20, 0, 10, 10], box: [9, 0, 5, 4] });
    const tooLate = await begin(ann, 4, 'four');
    shop.clock.now += 4 * 3_600_000;
    await shop.holdfast.expiry.sweepNow();
    yes(await carts.add({ sku: 'box', quantity: 2 }, bob()));
    expect(no(await checkout.confirm({ orderId: tooLate, paymentReference: 'p3' }, OPERATOR)).reason).toBe(
      'payment_too_late',
    );
    await shop.soundAudit();
  });

  test('limits of a kit count kits, and limits of a component count its units in kits as well', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'dispatch' });
    const { carts, checkout, orders, stock } = shop.holdfast;
    yes(await stock.define({ sku: 'mug', limitPerCustomer: 6 }, OPERATOR));
    yes(await stock.define({ sku: 'set', limitPerCustomer: 4 }, OPERATOR));
    expect(no(await carts.add({ sku: 'set', quantity: 5 }, bob()))).toMatchObject({
      reason: 'limit_exceeded',
      meta: { sku: 'mug' },
    });
    yes(await carts.add({ sku: 'set', quantity: 2 }, bob()));
    expect(no(await carts.add({ sku: 'mug', quantity: 3 }, bob()))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'mug', limit: 6, already: 4 },
    });
    yes(await carts.add({ sku: 'mug', quantity: 2 }, bob()));
    const { orderId } = yes(await checkout.place({}, bob('pay')));
    expect(no(await carts.add({ sku: 'set', quantity: 1 }, bob())).reason).toBe('limit_exceeded');
    yes(await orders.fulfil({ orderId }, OPERATOR));
    await shop.soundAudit();
    expect(no(await carts.add({ sku: 'mug', quantity: 1 }, bob())).reason).toBe('limit_exceeded');
    yes(
      await orders.return({ orderId, lines: [{ sku: 'set', quantity: 1 }], restock: true, reason: 'r' }, keyed('back')),
    );
    expect(yes(await carts.add({ sku: 'set', quantity: 1 }, bob())).granted).toBe(1);
    await shop.soundAudit();
  });

  test('the components of a kit that was held or sold cannot change', async () => {
    await using shop = await openKitShop(engine, { sellAt: 'sale' });
    const { carts, checkout, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 1 }, ann()));
    const inUse = { reason: 'kit_in_use', meta: { sku: 'set' } };
    const change = (components: ReturnType<typeof kitOf> | null) => stock.define({ sku: 'set', components }, OPERATOR);
    expect(no(await change(kitOf({ mug: 1 })))).toEqual(inUse);
    expect(no(await change(null))).toEqual(inUse);
    yes(await change(kitOf({ mug: 2, box: 1 })));
    yes(await stock.define({ sku: 'set', title: 'Set' }, OPERATOR));
    yes(await checkout.place({}, ann('pay')));
    expect(no(await change(kitOf({ mug: 1 })))).toEqual(inUse);
    expect(no(await stock.define({ sku: 'mug2', components: kitOf({ set: 1 }) }, OPERATOR)).reason).toBe(
      'invalid_input',
    );
    yes(await stock.define({ sku: 'lamp' }, OPERATOR));
    yes(await stock.receive({ sku: 'lamp', quantity: 1 }, OPERATOR));
    expect(no(await stock.define({ sku: 'lamp', components: kitOf({ mug: 1 }) }, OPERATOR))).toEqual({
      reason: 'kit_in_use',
      meta: { sku: 'lamp' },
    });
  });

  test('a kit has no stock that could be received, adjusted, counted, written off or moved', async () => {
    await using shop = await openKitShop(engine);
    const { stock, locations, transfers } = shop.holdfast;
    const refusal = { reason: 'kit_stock', meta: { sku: 'set' } };
    expect(no(await stock.receive({ sku: 'set', quantity: 1 }, OPERATOR))).toEqual(refusal);
    expect(no(await stock.adjust({ sku: 'set', delta: 1, reason: 'found' }, OPERATOR))).toEqual(refusal);
    expect(no(await stock.count({ sku: 'set', onHand: 1 }, OPERATOR))).toEqual(refusal);
    for (const takeFrom of ['available', 'newest_holds'] as const) {
      const damaged = { sku: 'set', quantity: 1, reason: 'wet', takeFrom };
      expect(no(await stock.writeOff(damaged, OPERATOR))).toEqual(refusal);
    }
    yes(await locations.define({ id: 'berlin' }, OPERATOR));
    const moved = { from: 'main', to: 'berlin', lines: [{ sku: 'set', quantity: 1 }] };
    expect(no(await transfers.create(moved, OPERATOR))).toEqual(refusal);
    expect(no(await stock.receive({ sku: 'set', location: 'berlin', quantity: 1 }, OPERATOR))).toEqual(refusal);
  });

  test('an unused kit can be archived, and a held one cannot', async () => {
    await using shop = await openKitShop(engine);
    const { carts, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 1 }, ann()));
    expect(no(await stock.archive({ sku: 'set', reason: 'old' }, OPERATOR)).reason).toBe('count_mismatch');
    yes(await carts.empty({}, ann()));
    yes(await stock.archive({ sku: 'set', reason: 'old' }, OPERATOR));
    expect(yes(await stock.list({})).items.map(({ sku }) => sku)).toEqual(['box', 'mug']);
    expect(yes(await stock.availability({ skus: ['set'] }))).toMatchObject([{ status: 'unknown' }]);
    await shop.soundAudit();
  });
});
