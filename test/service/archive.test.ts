import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';

describe.each(engines)('archiving a SKU on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  async function openShop() {
    const shop = await openShopWith(engine);
    const { stock, bulk } = shop.holdfast;
    const archive = (sku: string) => stock.archive({ sku, reason: 'mistyped' }, OPERATOR);
    const listed = async () => yes(await stock.list({})).items.map(({ sku }) => sku);
    const exported = async () => {
      const skus: string[] = [];
      for await (const part of bulk.export()) skus.push(...part.map(({ sku }) => sku));
      return skus;
    };
    const status = async (sku: string) => {
      shop.clock.now += 1_000;
      await new Promise((resolve) => setTimeout(resolve, CACHE_MS));
      return yes(await stock.availability({ skus: [sku] }))[0]?.status;
    };
    return { shop, archive, listed, exported, status, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
  }

  test('omits it from lists, availability and exports; its history and level stay', async () => {
    await using opened = await openShop();
    const { shop, archive, listed, exported, status } = opened;
    await shop.supply('tshirt', { units: 3 });
    yes(await shop.holdfast.stock.define({ sku: 'tshrit', title: 'T' }, OPERATOR));
    expect(yes(await archive('tshrit'))).toMatchObject({ sku: 'tshrit', title: 'T', onHand: 0 });
    expect([await listed(), await exported(), await status('tshrit')]).toEqual([['tshirt'], ['tshirt'], 'unknown']);
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'tshrit' }));
    expect(movements).toMatchObject([{ kind: 'counted', quantity: 0, cause: { reason: 'mistyped' } }]);
    expect(yes(await shop.holdfast.stock.level({ sku: 'tshrit' })).onHand).toBe(0);
    expect(no(await shop.holdfast.carts.add({ sku: 'tshrit', quantity: 1 }, shopper('ann')())).reason).toBe(
      'insufficient_stock',
    );
    await shop.soundAudit();
  });

  test('is refused with units on hand, live holds or orders that await payment, and for an unknown SKU', async () => {
    await using opened = await openShop();
    const { shop, archive, listed } = opened;
    await shop.supply('cup', { units: 1 });
    expect(no(await archive('cup'))).toEqual({
      reason: 'count_mismatch',
      meta: { onHand: 1, reserved: 0, committed: 0 },
    });
    const ann = shopper('ann');
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, ann()));
    expect(no(await archive('cup'))).toEqual({
      reason: 'count_mismatch',
      meta: { onHand: 1, reserved: 1, committed: 0 },
    });
    yes(await shop.holdfast.checkout.begin({}, ann('pay')));
    expect(no(await archive('cup')).reason).toBe('count_mismatch');
    expect(no(await archive('nope'))).toEqual({ reason: 'unknown_sku', meta: { sku: 'nope' } });
    expect(await listed()).toEqual(['cup']);
  });

  test('is undone by any change: a definition, units, a return of an order', async () => {
    await using opened = await openShop();
    const { shop, archive, listed, status } = opened;
    const { stock, orders } = shop.holdfast;
    await shop.supply('cup', { units: 1 });
    const ann = shopper('ann');
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, ann()));
    const { orderId } = yes(await shop.holdfast.checkout.place({}, ann('pay')));
    yes(await archive('cup'));
    yes(await archive('cup'));
    expect(await listed()).toEqual([]);
    const lines = [{ sku: 'cup', quantity: 1 }];
    const back = { orderId, lines, restock: true, reason: 'unwanted' };
    yes(await orders.return(back, { ...OPERATOR, idempotencyKey: 'back' }));
    expect([await listed(), await status('cup')]).toEqual([['cup'], 'low']);
    yes(await stock.count({ sku: 'cup', onHand: 0 }, OPERATOR));
    expect([await listed(), await status('cup')]).toEqual([['cup'], 'out_of_stock']);
    const changes = [
      () => stock.define({ sku: 'cup', title: 'Cup' }, OPERATOR),
      () => stock.receive({ sku: 'cup', quantity: 1, reference: 'r' }, OPERATOR),
    ];
    for (const change of changes) {
      yes(await archive('cup'));
      expect(await listed()).toEqual([]);
      yes(await change());
      expect(await listed()).toEqual(['cup']);
    }
    await shop.soundAudit();
  });
});

/** The maximum age of availability. */
const CACHE_MS = 260;
