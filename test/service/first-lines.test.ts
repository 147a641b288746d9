import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');

describe.each(engines)('the first line of a cart that a process has not seen, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('pen', { units: 20, unitPrice: { amount: 100, currency: 'EUR' } });
    await shop.supply('ink', { units: 20 });
    return shop;
  };

  /** Opens another process that knows the SKUs, and counts its reads from now on. */
  const process = async (shop: Shop) => {
    const hooks: Hooks = {};
    const holdfast = await shop.another(engine, {
      store: hookedStore(shop.store, hooks),
      settings: { cacheMs: 60_000 },
    });
    const other = shopper('other');
    for (const sku of ['pen', 'ink']) yes(await holdfast.carts.add({ sku, quantity: 1 }, other()));
    yes(await holdfast.carts.empty({}, other()));
    const count = { reads: 0 };
    hooks.afterRead = async (requests) => {
      count.reads += requests.length;
    };
    return { ...holdfast, count };
  };

  test('needs no read if the cart is new, with an idempotency key or without', async () => {
    await using shop = await open();
    const { carts, count } = await process(shop);
    const cart = yes(await carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    expect(cart).toMatchObject({ granted: 2, lines: [{ sku: 'pen', quantity: 2 }], total: { amount: 200 } });
    yes(await carts.setQuantity({ sku: 'pen', quantity: 3 }, shopper('bob')()));
    expect(count.reads).toBe(0);
    expect(yes(await carts.get({}, ann())).lines).toEqual(cart.lines);
    await shop.soundAudit();
  });

  test('is answered without a line whose hold ended between the view and the commit', async () => {
    await using shop = await open();
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 2 }, ann()));
    const hooks: Hooks = {};
    const meddled = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    hooks.beforeApply = async () => {
      delete hooks.beforeApply;
      yes(await shop.holdfast.inventory.release({ holdId: lines[0]?.holdId ?? '' }, OPERATOR));
    };
    const cart = yes(await meddled.carts.add({ sku: 'ink', quantity: 1 }, ann()));
    expect(cart).toMatchObject({ granted: 1, lines: [{ sku: 'ink', quantity: 1 }] });
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toEqual(cart.lines);
    await shop.soundAudit();
  });

  test('is added to a cart that another process created, whatever its lines', async () => {
    await using shop = await open();
    const here = await process(shop);
    const there = shop.holdfast;
    for (const name of ['ann', 'bob', 'eve']) {
      yes(await there.carts.add({ sku: 'pen', quantity: 2 }, shopper(name)()));
    }
    expect(yes(await here.carts.add({ sku: 'ink', quantity: 1 }, ann())).lines).toMatchObject([
      { sku: 'pen', quantity: 2 },
      { sku: 'ink', quantity: 1 },
    ]);
    expect(yes(await here.carts.add({ sku: 'pen', quantity: 1 }, shopper('bob')()))).toMatchObject({
      granted: 1,
      lines: [{ sku: 'pen', quantity: 3 }],
    });
    expect(yes(await here.carts.setQuantity({ sku: 'pen', quantity: 1 }, shopper('eve')())).lines).toMatchObject([
      { sku: 'pen', quantity: 1 },
    ]);
    expect(await shop.units('pen')).toEqual([20, 6, 14]);
    await shop.soundAudit();
  });

  test('is not refused because the shopper’s own line has the last units', async () => {
    await using shop = await open();
    const { carts } = await process(shop);
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 18 }, ann()));
    const cart = yes(await carts.setQuantity({ sku: 'pen', quantity: 20 }, ann()));
    expect(cart.lines).toMatchObject([{ sku: 'pen', quantity: 20 }]);
    yes(await shop.holdfast.carts.add({ sku: 'ink', quantity: 20 }, shopper('bob')()));
    expect(no(await carts.add({ sku: 'ink', quantity: 1 }, ann()))).toMatchObject({ reason: 'insufficient_stock' });
    await shop.soundAudit();
  });

  test('counts once, whichever process sees its key first', async () => {
    await using shop = await open();
    const { carts } = await process(shop);
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    expect(yes(await carts.add({ sku: 'pen', quantity: 2 }, ann('k'))).lines).toMatchObject([{ quantity: 2 }]);
    expect(no(await carts.add({ sku: 'pen', quantity: 3 }, shopper('ann')('k')))).toMatchObject({
      reason: 'idempotency_mismatch',
    });
    expect(await shop.units('pen')).toEqual([20, 2, 18]);
  });

  test('reports a reused key before any other refusal', async () => {
    await using shop = await open();
    const { carts } = await process(shop);
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    const tooMany = shop.holdfast.settings.lineQuantityMax + 1;
    expect(no(await carts.add({ sku: 'pen', quantity: tooMany }, ann('k')))).toMatchObject({
      reason: 'idempotency_mismatch',
    });
    expect(no(await carts.add({ sku: 'pen', quantity: tooMany }, shopper('bob')('k')))).toMatchObject({
      reason: 'quantity_limit',
    });
  });
});
