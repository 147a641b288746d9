import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import type { PageInput } from '../../src/contract/inputs/inputs.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { audited, no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { put, transaction } from '../support/transactions.ts';

const [ann, bob] = [shopper('ann'), shopper('bob')];
const [desk, phone] = [shopper('desk', 'customer:c'), shopper('phone', 'customer:c')];

describe.each(engines)('orders.mine on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  let keys = 0;
  const open = async (): Promise<Shop> => {
    // Ids sort by their creation time.
    let now = 1_700_000_000_000;
    const shop = await openShopWith(engine, { now: () => (now += 1) });
    await shop.supply('mug', { units: 1_000 });
    return shop;
  };
  const order = async (shop: Shop, call: (key?: string) => Call, kind: 'place' | 'begin' = 'place'): Promise<Order> => {
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, call()));
    return yes(await shop.holdfast.checkout[kind]({}, call(`key ${(keys += 1)}`)));
  };
  const mine = async (shop: Shop, call: Call, input: PageInput = {}): Promise<string[]> =>
    yes(await shop.holdfast.orders.mine(input, call)).items.map(({ orderId }) => orderId);

  test('lists the orders of a session, newest first, in pages', async () => {
    await using shop = await open();
    const orderIds: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      orderIds.unshift((await order(shop, ann, index % 2 ? 'begin' : 'place')).orderId);
      await order(shop, bob);
    }
    expect(await mine(shop, ann())).toEqual(orderIds);
    for (const limit of [1, 2, 3, 7, 8]) {
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = yes(await shop.holdfast.orders.mine({ limit, cursor }, ann()));
        pages.push(page.items.map(({ orderId }) => orderId));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(pages.flat()).toEqual(orderIds);
      expect(pages).toHaveLength(Math.ceil(7 / limit));
    }
    expect(await mine(shop, shopper('nobody')())).toEqual([]);
    await shop.soundAudit();
  });

  test('finds the pending order of a shopper who lost the page', async () => {
    await using shop = await open();
    const begun = await order(shop, ann, 'begin');
    const { items } = yes(await shop.holdfast.orders.mine({}, ann()));
    expect(items).toEqual([begun]);
    expect(items[0]).toMatchObject({ status: 'awaiting_payment', payBefore: begun.payBefore });
    shop.clock.now = begun.payBefore!;
    expect(yes(await shop.holdfast.orders.mine({}, ann())).items).toMatchObject([{ status: 'expired' }]);
  });

  test('lists a customer’s orders in all their sessions; a guest’s orders stay with the guest', async () => {
    await using shop = await open();
    const first = await order(shop, desk);
    const guests = await order(shop, ann);
    const second = await order(shop, phone, 'begin');
    yes(await shop.holdfast.carts.merge({ from: { cartId: 'crt_ann', customer: null } }, phone()));
    for (const call of [desk, phone]) expect(await mine(shop, call())).toEqual([second.orderId, first.orderId]);
    expect(await mine(shop, ann())).toEqual([guests.orderId]);
    // The same session, now bound to the customer, keeps the orders that it placed before.
    const bound = shopper('ann', 'customer:c');
    expect(await mine(shop, bound())).toEqual([second.orderId, guests.orderId, first.orderId]);
    expect(await mine(shop, bound(), { limit: 2 })).toEqual([second.orderId, guests.orderId]);
    const get = (call: Call) => shop.holdfast.orders.get({ orderId: second.orderId }, call);
    expect(yes(await get(desk()))).toEqual(second);
    expect(no(await get(ann())).reason).toBe('unknown_order');
    expect(no(await get(shopper('other', 'customer:d')())).reason).toBe('unknown_order');
    expect(yes(await shop.holdfast.checkout.cancel({ orderId: second.orderId }, desk()))).toMatchObject({
      status: 'cancelled',
    });
    await shop.soundAudit();
  });

  test('omits an order that was deleted after its retention', async () => {
    await using shop = await open();
    await order(shop, ann);
    shop.clock.now += DEFAULT_SETTINGS.orderRetentionMs / 2;
    const young = await order(shop, ann);
    shop.clock.now += DEFAULT_SETTINGS.orderRetentionMs / 2;
    await shop.holdfast.expiry.sweepNow();
    expect(await mine(shop, ann())).toEqual([young.orderId]);
    const entries = await shop.store.listDocuments({ list: 'by_owner', limit: 10 });
    expect(entries.map(({ key }) => key)).toEqual([`own:hash-of-ann:${young.orderId}`]);
    await shop.soundAudit();
  });

  test('refuses an operator, cursors of other lists and limits beyond the bounds', async () => {
    await using shop = await open();
    for (let index = 0; index < 2; index += 1) await order(shop, ann);
    const { nextCursor } = yes(await shop.holdfast.orders.list({ limit: 1 }));
    const reason = async (input: PageInput, call = ann()) => no(await shop.holdfast.orders.mine(input, call)).reason;
    expect(await reason({}, OPERATOR)).toBe('invalid_input');
    for (const cursor of ['x', nextCursor!]) expect(await reason({ cursor })).toBe('invalid_input');
    for (const limit of [0, 501, 1.5]) expect(await reason({ limit })).toBe('invalid_input');
  });

  test('reports a list entry without its order in the audit', async () => {
    await using shop = await open();
    await order(shop, ann);
    const key = 'own:hash-of-ann:ord_gone';
    await shop.store.apply([transaction('by-hand', [put(key, 'absent', { body: '', list: 'by_owner' })])]);
    const { violations } = await audited(shop.holdfast);
    expect(violations).toEqual([
      { rule: 'owner_has_the_order', found: `${key}: no order:ord_gone`, expected: 'order:ord_gone' },
    ]);
    expect(await mine(shop, ann())).toHaveLength(1);
  });
});
