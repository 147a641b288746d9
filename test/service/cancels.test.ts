import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { CartLine } from '../../src/contract/outputs/cart-outputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const { holdTtlMs, holdLifetimeMaxMs, cartTtlMs } = DEFAULT_SETTINGS;
const ann = shopper('ann');

describe.each(engines)('cancelled orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (options: Parameters<typeof openShopWith>[1] = {}): Promise<Shop> => {
    const settings = { paymentWindowMaxMs: 3_600_000, ...options.settings };
    const shop = await openShopWith(engine, { ...options, settings });
    await shop.supply('mug', { units: 10, unitPrice: { amount: 500, currency: 'EUR' } });
    await shop.supply('cup', { units: 5 });
    return shop;
  };
  const add = async (shop: Shop, sku: string, quantity: number) =>
    yes(await shop.holdfast.carts.add({ sku, quantity }, ann()));
  const begin = async (shop: Shop, paymentWindowMs?: number): Promise<Order> =>
    yes(await shop.holdfast.checkout.begin({ paymentWindowMs }, ann(`begin at ${shop.clock.now}`)));
  const cancel = (shop: Shop, orderId: string, restoreCart?: boolean) =>
    shop.holdfast.checkout.cancel({ orderId, restoreCart }, ann());
  const lines = async (shop: Shop): Promise<CartLine[]> => yes(await shop.holdfast.carts.get({}, ann())).lines;
  const kinds = async (shop: Shop, sku: string) =>
    yes(await shop.holdfast.stock.history({ sku })).movements.map(({ kind }) => kind);
  const orderState = (orderId: string, status: string) => ({ reason: 'order_state', meta: { orderId, status } });

  test('releases every hold once; cancelling again changes nothing', async () => {
    await using shop = await open();
    await add(shop, 'mug', 3);
    await add(shop, 'cup', 2);
    const { orderId } = await begin(shop);
    const cancelled = yes(await cancel(shop, orderId));
    expect(cancelled).toMatchObject({ status: 'cancelled', lines: [{ quantity: 3 }, { quantity: 2 }] });
    expect(yes(await cancel(shop, orderId))).toEqual(cancelled);
    expect(yes(await cancel(shop, orderId, true))).toEqual(cancelled);
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    expect(await kinds(shop, 'cup')).toEqual(['released', 'pinned', 'reserved', 'received']);
    expect(await lines(shop)).toEqual([]);
    await shop.soundAudit();
  });

  test('lets the operator cancel any order with a reason', async () => {
    await using shop = await open();
    await add(shop, 'mug', 1);
    const { orderId } = await begin(shop);
    yes(await shop.holdfast.checkout.cancel({ orderId, reason: 'fraud' }, OPERATOR));
    const [movement] = yes(await shop.holdfast.stock.history({ sku: 'mug' })).movements;
    expect(movement).toMatchObject({ kind: 'released', orderId, cause: { by: 'operator', reason: 'fraud' } });
  });

  test('cancels only an order that awaits its payment', async () => {
    await using shop = await open();
    await add(shop, 'mug', 1);
    const paid = await begin(shop);
    yes(await shop.holdfast.checkout.confirm({ orderId: paid.orderId, paymentReference: 'p' }, OPERATOR));
    expect(no(await cancel(shop, paid.orderId))).toEqual(orderState(paid.orderId, 'placed'));
    shop.clock.now += 1;
    await add(shop, 'mug', 1);
    const late = await begin(shop);
    shop.clock.now = late.payBefore!;
    expect(no(await cancel(shop, late.orderId, true))).toEqual(orderState(late.orderId, 'expired'));
    await shop.holdfast.expiry.sweepNow();
    expect(no(await cancel(shop, late.orderId))).toEqual(orderState(late.orderId, 'expired'));
    await shop.soundAudit();
  });

  test('bug 6: does not sell a cancelled order that is paid, and revives no hold', async () => {
    await using shop = await open();
    await add(shop, 'mug', 3);
    const { orderId } = await begin(shop);
    yes(await cancel(shop, orderId));
    const confirm = () => shop.holdfast.checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR);
    expect(no(await confirm())).toEqual(orderState(orderId, 'cancelled'));
    expect(no(await confirm())).toEqual(orderState(orderId, 'cancelled'));
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test.each([true, false])('either pays or cancels when both happen at once (restore: %s)', async (restoreCart) => {
    await using shop = await open();
    const other = await shop.another(engine);
    for (let round = 0; round < 4; round += 1) {
      shop.clock.now += 1;
      await add(shop, 'mug', 1);
      const { orderId } = await begin(shop);
      const [paid, called] = await Promise.all([
        other.checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR),
        cancel(shop, orderId, restoreCart),
      ]);
      expect([paid.ok, called.ok].toSorted()).toEqual([false, true]);
      const { status } = yes(await shop.holdfast.orders.get({ orderId }, ann()));
      expect(status).toBe(paid.ok ? 'placed' : 'cancelled');
      yes(await shop.holdfast.carts.empty({}, ann()));
      await shop.soundAudit();
    }
    expect((await shop.units('mug'))[1]).toBe(0);
  });

  test('bug 4: neither frees nor takes a unit by repeated begin and cancel with restoreCart', async () => {
    await using shop = await open();
    const {
      lines: [first],
    } = await add(shop, 'mug', 10);
    for (let cycle = 0; cycle < 5; cycle += 1) {
      shop.clock.now += 1_000;
      const { orderId } = await begin(shop);
      expect(yes(await cancel(shop, orderId, true))).not.toHaveProperty('notRestored');
      expect(no(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, shopper('bob')())).reason).toBe(
        'insufficient_stock',
      );
      expect(await lines(shop)).toEqual([{ ...first, expiresAt: shop.clock.now + holdTtlMs }]);
      expect(await shop.units('mug')).toEqual([10, 10, 0]);
      await shop.soundAudit();
    }
    const movements = await kinds(shop, 'mug');
    expect(movements.filter((kind) => kind === 'released' || kind === 'expired')).toEqual([]);
    yes(await shop.holdfast.checkout.place({}, ann('place')));
    expect(await shop.units('mug')).toEqual([0, 0, 0]);
  });

  test('restores holds with the cart’s deadline instead of the payment’s', async () => {
    await using shop = await open();
    await add(shop, 'mug', 1);
    const { orderId } = await begin(shop, 3_600_000);
    shop.clock.now += 60_000;
    yes(await cancel(shop, orderId, true));
    const cart = yes(await shop.holdfast.carts.get({}, ann()));
    expect(cart.expiresAt).toBe(shop.clock.now + cartTtlMs);
    expect(cart.lines[0]!.expiresAt).toBe(shop.clock.now + holdTtlMs);
  });

  test('limits the whole lifetime of a hold through carts and orders', async () => {
    await using shop = await open();
    await add(shop, 'mug', 4);
    while (shop.clock.now + 600_000 < START + holdLifetimeMaxMs) {
      shop.clock.now += 600_000;
      await add(shop, 'mug', 1).catch(() => undefined);
      yes(await cancel(shop, (await begin(shop)).orderId, true));
      for (const { expiresAt } of await lines(shop)) expect(expiresAt).toBeLessThanOrEqual(START + holdLifetimeMaxMs);
    }
    shop.clock.now += 1;
    const { orderId } = await begin(shop, 3_600_000);
    shop.clock.now = START + holdLifetimeMaxMs;
    const { notRestored } = yes(await cancel(shop, orderId, true));
    expect(notRestored).toEqual([{ sku: 'mug', quantity: 10 }]);
    expect(await lines(shop)).toEqual([]);
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    await shop.soundAudit();
  });

  test('joins a line of the same SKU that was added since, and keeps the older age', async () => {
    await using shop = await open();
    const {
      lines: [old],
    } = await add(shop, 'mug', 4);
    const { orderId } = await begin(shop, 3_600_000);
    shop.clock.now += 600_000;
    await add(shop, 'mug', 6);
    await add(shop, 'cup', 1);
    expect(yes(await cancel(shop, orderId, true))).not.toHaveProperty('notRestored');
    expect(await lines(shop)).toMatchObject([
      { sku: 'mug', quantity: 10, holdId: old!.holdId, unitPrice: { amount: 500 } },
      { sku: 'cup', quantity: 1 },
    ]);
    expect(await shop.units('mug')).toEqual([10, 10, 0]);
    const [hold] = yes(await shop.holdfast.holds.list({ sku: 'mug' })).items;
    expect(hold).toMatchObject({ createdAt: START, state: 'held', owner: 'cart:crt_ann' });
    await shop.soundAudit();
  });

  test('releases and reports units beyond the line’s maximum', async () => {
    await using shop = await open({ settings: { lineQuantityMax: 5 } });
    await add(shop, 'mug', 4);
    const { orderId } = await begin(shop);
    shop.clock.now += 1;
    await add(shop, 'mug', 3);
    const cancelled = yes(await cancel(shop, orderId, true));
    expect(cancelled).toMatchObject({ status: 'cancelled', notRestored: [{ sku: 'mug', quantity: 2 }] });
    expect(yes(await shop.holdfast.orders.get({ orderId }, ann()))).toEqual(cancelled);
    expect(await lines(shop)).toMatchObject([{ quantity: 5 }]);
    expect(await shop.units('mug')).toEqual([10, 5, 5]);
    await shop.soundAudit();
  });

  test('releases and reports lines that do not fit into the cart', async () => {
    await using shop = await open({ settings: { cartLinesMax: 2 } });
    for (const sku of ['a', 'b']) await shop.supply(sku, { units: 1 });
    await add(shop, 'mug', 1);
    await add(shop, 'cup', 2);
    const { orderId } = await begin(shop);
    await add(shop, 'a', 1);
    expect(yes(await cancel(shop, orderId, true)).notRestored).toEqual([{ sku: 'cup', quantity: 2 }]);
    expect(await lines(shop)).toMatchObject([{ sku: 'a' }, { sku: 'mug', quantity: 1 }]);
    expect(await shop.units('cup')).toEqual([5, 0, 5]);
    await shop.soundAudit();
  });

  test('releases and reports units that a raised safety stock blocks', async () => {
    await using shop = await open();
    await add(shop, 'mug', 4);
    const { orderId } = await begin(shop);
    shop.clock.now += 1;
    await add(shop, 'mug', 1);
    yes(await shop.holdfast.stock.define({ sku: 'mug', safetyStock: 8 }, OPERATOR));
    expect(yes(await cancel(shop, orderId, true)).notRestored).toEqual([{ sku: 'mug', quantity: 4 }]);
    expect(await lines(shop)).toMatchObject([{ sku: 'mug', quantity: 1 }]);
    await shop.soundAudit();
  });

  test('lets the operator restore the cart of the order’s session', async () => {
    await using shop = await open();
    await add(shop, 'mug', 2);
    const { orderId } = await begin(shop);
    yes(await shop.holdfast.checkout.cancel({ orderId, restoreCart: true }, OPERATOR));
    expect(await lines(shop)).toMatchObject([{ sku: 'mug', quantity: 2 }]);
    await shop.soundAudit();
  });

  test('reads a concurrently changed cart again and loses nothing of it', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    await add(shop, 'mug', 2);
    const { orderId } = await begin(shop);
    hooks.beforeApply = async () => {
      delete hooks.beforeApply;
      await add(shop, 'mug', 1);
      await add(shop, 'cup', 1);
    };
    yes(await slow.checkout.cancel({ orderId, restoreCart: true }, ann()));
    expect(await lines(shop)).toMatchObject([
      { sku: 'mug', quantity: 3 },
      { sku: 'cup', quantity: 1 },
    ]);
    expect(await shop.units('mug')).toEqual([10, 3, 7]);
    await shop.soundAudit();
  });

  test('does not cancel an order that expires between the read and the write', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    for (const restoreCart of [true, false]) {
      await add(shop, 'mug', 2);
      const { orderId, payBefore } = await begin(shop);
      hooks.beforeApply = async () => {
        shop.clock.now = payBefore!;
      };
      const refusal = no(await slow.checkout.cancel({ orderId, restoreCart }, ann()));
      delete hooks.beforeApply;
      expect(refusal).toEqual(orderState(orderId, 'expired'));
      expect(await shop.units('mug')).toEqual([10, 0, 10]);
      await shop.soundAudit();
    }
  });
});
