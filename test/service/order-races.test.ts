import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Settings } from '../../src/contract/settings.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const [ann, bob] = [shopper('ann'), shopper('bob')];

/** The reference model in test/property/reference found each of these cases. */
describe.each(engines)('concurrent changes of one cart or order by two processes, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** Opens a shop and its services in another process. `meanwhile` runs after they have read and before they write. */
  const open = async (
    settings: Partial<Settings> = {},
  ): Promise<{ shop: Shop; slow: Holdfast; meanwhile: (work: () => Promise<unknown>) => void }> => {
    const shop = await openShopWith(engine, { settings });
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const meanwhile = (work: () => Promise<unknown>): void => {
      hooks.afterRead = async () => {
        delete hooks.afterRead;
        await work();
      };
    };
    return { shop, slow, meanwhile };
  };

  test.each([
    ['the limit', { units: 9, limitPerCustomer: 4 }],
    ['the stock', { units: 4 }],
  ])('does not refuse a shopper for %s because of a line that their other tab has just added', async (_, supply) => {
    const { shop, slow, meanwhile } = await open();
    await using _shop = shop;
    await shop.supply('pan', supply);
    meanwhile(() => shop.holdfast.carts.add({ sku: 'pan', quantity: 2 }, ann()));
    const cart = yes(await slow.carts.setQuantity({ sku: 'pan', quantity: 4 }, ann()));
    expect(cart.lines).toMatchObject([{ sku: 'pan', quantity: 4 }]);
    await shop.soundAudit();
  });

  test('uses a price that another process changes for the next units, also if the old one is cached', async () => {
    const { shop, slow } = await open();
    await using _shop = shop;
    const price = (amount: number) => ({ amount, currency: 'EUR' });
    await shop.supply('urn', { units: 9, unitPrice: price(100) });
    const add = async (caller: typeof ann) => yes(await slow.carts.add({ sku: 'urn', quantity: 1 }, caller())).total;
    expect(await add(ann)).toEqual(price(100));
    yes(await shop.holdfast.stock.define({ sku: 'urn', unitPrice: price(250) }, OPERATOR));
    expect(await add(bob)).toEqual(price(250));
    expect(await add(ann)).toEqual(price(500));
    yes(await shop.holdfast.stock.define({ sku: 'urn', unitPrice: null }, OPERATOR));
    expect(await add(shopper('eve'))).toBeNull();
    expect(yes(await slow.carts.setQuantity({ sku: 'urn', quantity: 3 }, bob())).total).toBeNull();
    await shop.soundAudit();
  });

  test('uses a price that changes during checkout.place for the order', async () => {
    const { shop, slow, meanwhile } = await open();
    await using _shop = shop;
    await shop.supply('vat', { units: 9, unitPrice: { amount: 100, currency: 'EUR' } });
    meanwhile(() => shop.holdfast.stock.define({ sku: 'vat', unitPrice: { amount: 250, currency: 'EUR' } }, OPERATOR));
    const items = [{ sku: 'vat', quantity: 2 }];
    expect(yes(await slow.checkout.place({ items }, ann('place'))).total).toEqual({ amount: 500, currency: 'EUR' });
  });

  test('refuses a dispatch by the units that a cancellation has left meanwhile', async () => {
    const { shop, slow, meanwhile } = await open({ sellAt: 'dispatch' });
    await using _shop = shop;
    await shop.supply('mug', { units: 5 });
    const { orderId } = yes(await shop.holdfast.checkout.place({ items: [{ sku: 'mug', quantity: 3 }] }, ann('place')));
    const cancel = { orderId, sku: 'mug', quantity: 1, reason: 'changed my mind' };
    meanwhile(() => shop.holdfast.orders.cancelLine(cancel, OPERATOR));
    const lines = [{ sku: 'mug', quantity: 3 }];
    const refusal = { reason: 'exceeds_unfulfilled', meta: { sku: 'mug', unfulfilled: 2 } };
    expect(no(await slow.orders.fulfil({ orderId, lines }, OPERATOR))).toEqual(refusal);
    expect(yes(await slow.orders.fulfil({ orderId }, OPERATOR)).status).toBe('fulfilled');
    await shop.soundAudit();
  });

  test('reports all units of a hold as lost that grows while an operator releases it', async () => {
    const { shop, slow, meanwhile } = await open();
    await using _shop = shop;
    await shop.supply('pot', { units: 5 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'pot', quantity: 1 }, ann()));
    meanwhile(() => shop.holdfast.carts.add({ sku: 'pot', quantity: 2 }, ann()));
    yes(await slow.holds.release({ holdId: lines[0]!.holdId, reason: 'broken' }, OPERATOR));
    expect(yes(await shop.holdfast.carts.get({}, ann())).expired).toMatchObject([{ sku: 'pot', quantity: 3 }]);
    expect(await shop.units('pot')).toEqual([5, 0, 5]);
  });

  test('treats an order’s overdue hold as expired for every caller', async () => {
    const { shop } = await open();
    await using _shop = shop;
    await shop.supply('jug', { units: 5 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'jug', quantity: 1 }, ann()));
    const { orderId, payBefore } = yes(await shop.holdfast.checkout.begin({}, ann('begin')));
    const { holdId } = lines[0]!;
    const release = () => shop.holdfast.holds.release({ holdId, reason: 'broken' }, OPERATOR);
    expect(no(await release())).toEqual({ reason: 'order_state', meta: { orderId, status: 'awaiting_payment' } });
    shop.clock.now = payBefore ?? 0;
    expect(no(await release())).toEqual({ reason: 'hold_not_active', meta: { holdId, state: 'expired' } });
  });

  test('restores the other lines if the holds of one SKU cannot be joined', async () => {
    const { shop } = await open();
    await using _shop = shop;
    const { carts, checkout, stock } = shop.holdfast;
    for (const sku of ['cup', 'lid']) await shop.supply(sku, { units: 5 });
    for (const sku of ['cup', 'lid']) yes(await carts.add({ sku, quantity: 2 }, ann()));
    const { orderId } = yes(await checkout.begin({}, ann('begin')));
    for (const sku of ['cup', 'lid']) yes(await carts.add({ sku, quantity: 1 }, ann()));
    yes(await stock.define({ sku: 'cup', safetyStock: 4 }, OPERATOR));
    const cancelled = yes(await checkout.cancel({ orderId, restoreCart: true }, ann()));
    expect(cancelled.notRestored).toEqual([{ sku: 'cup', quantity: 2 }]);
    expect(yes(await carts.get({}, ann())).lines).toMatchObject([
      { sku: 'cup', quantity: 1 },
      { sku: 'lid', quantity: 3 },
    ]);
    await shop.soundAudit();
  });

  test('gives each line of a cart to the order or to the merged cart when both happen at once', async () => {
    const { shop, slow, meanwhile } = await open();
    await using _shop = shop;
    await shop.supply('hat', { units: 3 });
    yes(await shop.holdfast.carts.add({ sku: 'hat', quantity: 3 }, ann()));
    const from = { cartId: 'crt_ann', customer: null };
    meanwhile(() => shop.holdfast.checkout.begin({}, ann('begin')));
    expect(yes(await slow.carts.merge({ from }, bob())).cart.lines).toEqual([]);
    const { orderId } = yes(await shop.holdfast.checkout.begin({}, ann('begin')));
    yes(await shop.holdfast.checkout.cancel({ orderId, restoreCart: true }, ann()));
    meanwhile(() => shop.holdfast.carts.merge({ from }, bob()));
    expect(no(await slow.checkout.begin({}, ann('again'))).reason).toBe('cart_empty');
    expect(yes(await shop.holdfast.carts.get({}, bob())).lines).toMatchObject([{ sku: 'hat', quantity: 3 }]);
    await shop.soundAudit();
  });

  test('accepts at most the sold units from concurrent returns in two processes', async () => {
    const { shop, slow, meanwhile } = await open();
    await using _shop = shop;
    await shop.supply('tie', { units: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'tie', quantity: 3 }, ann()));
    const { orderId } = yes(await shop.holdfast.checkout.place({}, ann('pay')));
    const back = (quantity: number) => ({ orderId, lines: [{ sku: 'tie', quantity }], restock: true, reason: 'size' });
    const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });
    meanwhile(() => shop.holdfast.orders.return(back(2), keyed('first')));
    expect(no(await slow.orders.return(back(2), keyed('second'))).reason).toBe('return_exceeds_sold');
    expect(yes(await slow.orders.return(back(1), keyed('third'))).lines).toMatchObject([{ returned: 3 }]);
    expect(await shop.units('tie')).toEqual([5, 0, 5]);
    await shop.soundAudit();
  });

  test('returns the expired order for a repeated begin, and begins no other', async () => {
    const { shop } = await open();
    await using _shop = shop;
    await shop.supply('fan', { units: 2 });
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, ann()));
    const { orderId, payBefore } = yes(await shop.holdfast.checkout.begin({}, ann('begin')));
    shop.clock.now = payBefore ?? 0;
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, ann()));
    expect(yes(await shop.holdfast.checkout.begin({}, ann('begin')))).toMatchObject({ orderId, status: 'expired' });
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toMatchObject([{ sku: 'fan', quantity: 1 }]);
    expect(await shop.units('fan')).toEqual([2, 1, 1]);
  });
});
