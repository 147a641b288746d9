import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldfastOptions } from '../../src/shop/holdfast.ts';
import type { Call } from '../../src/contract/calls/call.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { shortHash } from '../../src/transact/documents/ids.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const DAY_MS = 86_400_000;
const contact = { name: 'Ada Lovelace', email: 'ada@shop.example' };
const CUSTOMER = `customer:${shortHash('customer', 'ada')}`;
const [desk, phone, ann] = [shopper('desk', CUSTOMER), shopper('phone', CUSTOMER), shopper('ann')];

describe.each(engines)('privacy on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  let keys = 0;
  const open = async (options: Partial<HoldfastOptions> = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, options);
    await shop.supply('mug', { units: 100, limitPerCustomer: 50 });
    return shop;
  };
  const order = async (
    { holdfast }: Shop,
    call: (key?: string) => Call,
    kind: 'begin' | 'place' = 'place',
  ): Promise<Order> => {
    yes(await holdfast.carts.add({ sku: 'mug', quantity: 2 }, call()));
    return yes(await holdfast.checkout[kind]({ contact }, call(`key ${(keys += 1)}`)));
  };
  const bodyOf = async ({ store }: Shop, { orderId }: Order): Promise<string> =>
    (await store.read([{ documents: [`order:${orderId}`] }]))[0]?.documents[0]?.record.body ?? '';
  const get = async ({ holdfast }: Shop, { orderId }: Order) => yes(await holdfast.orders.get({ orderId }, OPERATOR));

  test('redacts one order, and all orders of a customer', async () => {
    await using shop = await open();
    const { orders, checkout } = shop.holdfast;
    const orderOf = await order(shop, ann);
    const [placed, begun] = [await order(shop, desk), await order(shop, phone, 'begin')];
    const count = async (input: { orderId: string } | { customerId: string }) =>
      yes(await orders.redact(input, OPERATOR)).count;
    expect(await count({ customerId: 'ada' })).toBe(2);
    for (const each of [placed, begun]) {
      const { contact: _, ...rest } = each;
      expect(await get(shop, each)).toEqual(rest);
      expect(await bodyOf(shop, each)).not.toContain('Lovelace');
    }
    expect(await get(shop, orderOf)).toEqual(orderOf);
    expect(await count({ customerId: 'ada' })).toBe(0);
    expect(await count({ customerId: 'nobody' })).toBe(0);
    expect(await count({ orderId: orderOf.orderId })).toBe(1);
    expect(await get(shop, orderOf)).not.toHaveProperty('contact');
    const { items: events } = yes(await shop.holdfast.events.list({}));
    const redactions = events.filter(({ what }) => what === 'orders.redact').map(({ by, after }) => ({ by, after }));
    expect(redactions).toHaveLength(2);
    expect(redactions).toContainEqual({ by: 'operator', after: { orderId: orderOf.orderId, count: 1 } });
    expect(redactions).toContainEqual({ by: 'operator', after: { customer: CUSTOMER, count: 2 } });
    expect(no(await orders.redact({ orderId: 'ord_nope' }, OPERATOR)).reason).toBe('unknown_order');
    // The order keeps its holds, and is paid as any other.
    expect(yes(await checkout.confirm({ orderId: begun.orderId, paymentReference: 'p' }, OPERATOR))).toMatchObject({
      status: 'placed',
    });
    shop.clock.now += 365 * DAY_MS - 1;
    await shop.holdfast.expiry.sweepNow();
    yes(await orders.get({ orderId: placed.orderId }, OPERATOR));
    await shop.soundAudit();
  });

  test('purges the orders of a status that are old enough, and no others', async () => {
    await using shop = await open({ settings: { unpaidOrderRetentionMs: 30 * DAY_MS } });
    const { orders, checkout } = shop.holdfast;
    const cancelled = async (): Promise<Order> => {
      const begun = await order(shop, desk, 'begin');
      return yes(await checkout.cancel({ orderId: begun.orderId }, OPERATOR));
    };
    const old = [await cancelled(), await cancelled()];
    const [placed, waiting] = [await order(shop, desk), await order(shop, ann, 'begin')];
    shop.clock.now += 10_000;
    const young = await cancelled();
    const purge = async (status: 'cancelled' | 'placed', olderThanMs: number) =>
      yes(await orders.purge({ status, olderThanMs }, OPERATOR)).count;
    expect(await purge('cancelled', 10_001)).toBe(0);
    expect(await purge('cancelled', 10_000)).toBe(2);
    for (const { orderId } of old) expect(no(await orders.get({ orderId }, OPERATOR)).reason).toBe('unknown_order');
    for (const each of [placed, waiting, young]) await get(shop, each);
    // Orders of one millisecond are listed in any order.
    const left = yes(await orders.mine({}, desk())).items.map(({ orderId }) => orderId);
    expect(left.toSorted()).toEqual([young.orderId, placed.orderId].toSorted());
    const history = yes(await shop.holdfast.stock.history({ sku: 'mug' })).movements;
    expect(history.filter(({ orderId }) => orderId === old[0]?.orderId)).not.toEqual([]);
    await shop.soundAudit();
    expect(await purge('placed', 0)).toBe(1);
    // The sold units do not count for the customer any more, as after the retention.
    expect(yes(await shop.holdfast.customers.export({ customerId: 'ada' })).counts).toEqual([]);
    await shop.soundAudit();
  });

  test('purges more orders than a page and a transaction have', async () => {
    await using shop = await open();
    const { orders, checkout, carts } = shop.holdfast;
    const names = Array.from({ length: 90 }, (_, index) => shopper(`s${index}`));
    await Promise.all(names.map(async (call) => yes(await carts.add({ sku: 'mug', quantity: 1 }, call()))));
    const begun = await Promise.all(names.map((call) => checkout.begin({}, call('begin'))));
    await Promise.all(begun.map((one) => checkout.cancel({ orderId: yes(one).orderId }, OPERATOR)));
    expect(yes(await orders.purge({ status: 'cancelled', olderThanMs: 0 }, OPERATOR)).count).toBe(90);
    expect(yes(await orders.list({ status: 'cancelled' })).items).toEqual([]);
    await shop.soundAudit();
  });

  test('exports the orders, carts and counts of a customer', async () => {
    await using shop = await open();
    const [placed, begun] = [await order(shop, desk), await order(shop, phone, 'begin')];
    const other = await order(shop, ann);
    const { reservations, carts } = shop.holdfast;
    const cart = yes(await carts.add({ sku: 'mug', quantity: 3 }, desk()));
    const { granted: _, ...shown } = cart;
    const reserve = async (reference: string, customer?: string) =>
      yes(
        await reservations.create({ reference, lines: [{ sku: 'mug', quantity: 2 }], ttlMs: null, customer }, OPERATOR),
      );
    const first = await reserve('first', 'ada');
    await reserve('of nobody');
    const second = await reserve('second', 'ada');
    yes(await reservations.commit({ reservationId: first.reservationId }, OPERATOR));
    const sent = yes(
      await reservations.fulfil(
        { reservationId: first.reservationId, lines: [{ sku: 'mug', quantity: 1 }] },
        { ...OPERATOR, idempotencyKey: 'sent' },
      ),
    );
    const known = yes(await shop.holdfast.customers.export({ customerId: 'ada' }));
    expect(known).toEqual({
      customer: CUSTOMER,
      exportedAt: shop.clock.now,
      orders: [begun, placed].sort((a, b) => (a.orderId < b.orderId ? 1 : -1)),
      carts: [shown],
      reservations: [second, sent].sort((a, b) => (a.reservationId < b.reservationId ? 1 : -1)),
      counts: [{ sku: 'mug', units: 11 }],
    });
    expect(JSON.stringify(known)).not.toContain(other.orderId);
    const nobody = yes(await shop.holdfast.customers.export({ customerId: 'nobody' }));
    expect(nobody).toMatchObject({ orders: [], carts: [], reservations: [], counts: [] });
  });

  test('encrypts contacts in the store, and reads them after the key was replaced', async () => {
    const [key, next] = [randomBytes(32), randomBytes(32)];
    await using shop = await open({ dataKeys: { key } });
    const begun = await order(shop, desk, 'begin');
    const placed = await order(shop, desk);
    expect(await get(shop, placed)).toEqual(placed);
    for (const each of [begun, placed]) expect(await bodyOf(shop, each)).not.toContain('Lovelace');
    const rotated = await shop.another(engine, { dataKeys: { key: next, previousKey: key } });
    for (const { orderId } of [begun, placed]) {
      expect(yes(await rotated.orders.get({ orderId }, OPERATOR)).contact).toEqual(contact);
    }
    const before = await bodyOf(shop, begun);
    yes(await rotated.checkout.confirm({ orderId: begun.orderId, paymentReference: 'p' }, OPERATOR));
    expect(await bodyOf(shop, begun)).not.toContain(/sealed:1:[^"]+/.exec(before)?.[0]);
    const later = await shop.another(engine, { dataKeys: { key: next } });
    expect(yes(await later.orders.get({ orderId: begun.orderId }, OPERATOR)).contact).toEqual(contact);
    // What was not written since needs the previous key. The order itself can still be used.
    expect(yes(await later.orders.get({ orderId: placed.orderId }, OPERATOR))).not.toHaveProperty('contact');
    const lines = [{ sku: 'mug', quantity: 1 }];
    const back = { orderId: placed.orderId, lines, restock: true, reason: 'broken' };
    yes(await later.orders.return(back, { ...OPERATOR, idempotencyKey: 'r' }));
    expect(yes(await rotated.orders.get({ orderId: placed.orderId }, OPERATOR)).contact).toEqual(contact);
    await shop.soundAudit();
  });

  test('a contact that was stored before there was a key is encrypted by the next write', async () => {
    await using shop = await open();
    const begun = await order(shop, desk, 'begin');
    expect(await bodyOf(shop, begun)).toContain('Lovelace');
    const keyed = await shop.another(engine, { dataKeys: { key: randomBytes(32) } });
    const cancelled = yes(await keyed.checkout.cancel({ orderId: begun.orderId }, OPERATOR));
    expect(cancelled.contact).toEqual(contact);
    expect(await bodyOf(shop, begun)).not.toContain('Lovelace');
  });
});
