import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const { paymentWindowMs, orderRetentionMs, unpaidOrderRetentionMs } = DEFAULT_SETTINGS;
const [ann, bob] = [shopper('ann'), shopper('bob')];
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

describe.each(engines)('payments on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A shop with 10 mugs and 5 cups. */
  const open = async (options: Parameters<typeof openShopWith>[1] = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, options);
    await shop.supply('mug', { units: 10, unitPrice: EUR(500) });
    await shop.supply('cup', { units: 5, unitPrice: EUR(300) });
    return shop;
  };

  const fill = async (shop: Shop, call = ann, lines: Record<string, number> = { mug: 3, cup: 2 }) => {
    for (const [sku, quantity] of Object.entries(lines)) yes(await shop.holdfast.carts.add({ sku, quantity }, call()));
  };

  const begin = async (shop: Shop, call = ann, lines?: Record<string, number>): Promise<Order> => {
    await fill(shop, call, lines);
    return yes(await shop.holdfast.checkout.begin({}, call(`begin at ${shop.clock.now}`)));
  };

  const confirm = (shop: Shop, orderId: string, paymentReference = 'pay_1') =>
    shop.holdfast.checkout.confirm({ orderId, paymentReference }, OPERATOR);
  const get = async (shop: Shop, orderId: string) => yes(await shop.holdfast.orders.get({ orderId }, OPERATOR));
  const kinds = async (shop: Shop, sku: string) =>
    yes(await shop.holdfast.stock.history({ sku })).movements.map(({ kind }) => kind);
  /** Returns the lists that the order has been in, according to the ledger. */
  const edges = async (shop: Shop, orderId: string) =>
    (await shop.store.feed({ after: null, limit: 1_000 })).flatMap((entry) =>
      entry.kind === 'document' && entry.key === `order:${orderId}` ? [entry.list] : [],
    );

  test('begin pins every hold until one deadline, and empties the cart', async () => {
    await using shop = await open();
    shop.clock.now = START + 1_000;
    const order = await begin(shop);
    expect(order).toEqual({
      orderId: expect.stringMatching(/^ord_/),
      status: 'awaiting_payment',
      createdAt: START + 1_000,
      payBefore: START + 1_000 + paymentWindowMs,
      total: EUR(2_100),
      lines: [
        { sku: 'mug', quantity: 3, returned: 0, unitPrice: EUR(500) },
        { sku: 'cup', quantity: 2, returned: 0, unitPrice: EUR(300) },
      ],
    });
    expect(await get(shop, order.orderId)).toEqual(order);
    expect(yes(await shop.holdfast.carts.get({}, ann()))).toMatchObject({ version: 0, lines: [], expired: [] });
    const { items } = yes(await shop.holdfast.holds.list({}));
    for (const hold of items) {
      expect(hold).toMatchObject({ state: 'pinned', owner: `order:${order.orderId}`, expiresAt: order.payBefore });
    }
    expect(await shop.units('mug')).toEqual([10, 3, 7]);
    await shop.soundAudit();
  });

  test('confirm in time sells the pinned holds', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    shop.clock.now = payBefore! - 1;
    const placed = yes(await confirm(shop, orderId));
    expect(placed).toMatchObject({ status: 'placed', paymentReference: 'pay_1', total: EUR(2_100) });
    expect(placed).not.toHaveProperty('payBefore');
    expect(await get(shop, orderId)).toEqual(placed);
    expect(await shop.units('mug')).toEqual([7, 0, 7]);
    expect(await shop.sold('cup')).toBe(2);
    expect(await kinds(shop, 'mug')).toEqual(['consumed', 'pinned', 'reserved', 'received']);
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'placed']);
    await shop.soundAudit();
  });

  const tooLate = (orderId: string) => ({ reason: 'payment_too_late', meta: { orderId } });
  const orderState = (orderId: string, status: string) => ({ reason: 'order_state', meta: { orderId, status } });

  test('expires an order exactly at its deadline', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    const list = async (status: 'expired' | 'awaiting_payment') =>
      yes(await shop.holdfast.orders.list({ status })).items.map((order) => order.orderId);
    shop.clock.now = payBefore! - 1;
    await shop.holdfast.expiry.sweepNow();
    expect(await get(shop, orderId)).toMatchObject({ status: 'awaiting_payment', payBefore });
    expect(await shop.units('mug')).toEqual([10, 3, 7]);
    expect([await list('awaiting_payment'), await list('expired')]).toEqual([[orderId], []]);
    shop.clock.now = payBefore!;
    const before = await get(shop, orderId);
    expect(before).toMatchObject({ status: 'expired' });
    expect(before).not.toHaveProperty('payBefore');
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    expect([await list('awaiting_payment'), await list('expired')]).toEqual([[], [orderId]]);
    await shop.soundAudit();
    await shop.holdfast.expiry.sweepNow();
    await shop.holdfast.expiry.sweepNow();
    expect(await get(shop, orderId)).toEqual(before);
    expect([await list('awaiting_payment'), await list('expired')]).toEqual([[], [orderId]]);
    expect(yes(await shop.holdfast.orders.list({})).items).toEqual([before]);
    expect(shop.holdfast.stats()).toMatchObject({ ordersExpired: 1, ordersForgotten: 0, expiryFailures: 0 });
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'expired']);
    expect(await kinds(shop, 'mug')).toEqual(['expired', 'pinned', 'reserved', 'received']);
    await shop.soundAudit();
  });

  test.each([
    ['before its record is updated', false],
    ['after the follow-up', true],
  ])('sells on a late payment if the stock is still available, %s', async (_, isSwept) => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    shop.clock.now = payBefore!;
    if (isSwept) await shop.holdfast.expiry.sweepNow();
    const placed = yes(await confirm(shop, orderId));
    expect(placed).toMatchObject({ status: 'placed', paymentReference: 'pay_1', total: EUR(2_100) });
    expect(yes(await confirm(shop, orderId))).toEqual(placed);
    expect(await shop.units('mug')).toEqual([7, 0, 7]);
    expect(await kinds(shop, 'mug')).toEqual(['consumed', 'reserved', 'expired', 'pinned', 'reserved', 'received']);
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'expired', 'placed']);
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 5, reserved: 0 });
  });

  test('bug 8: a late payment sells nothing if one line is gone, and is refund_due forever', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    shop.clock.now = payBefore!;
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 4 }, bob()));
    expect(no(await confirm(shop, orderId))).toEqual(tooLate(orderId));
    expect(await get(shop, orderId)).toMatchObject({ status: 'refund_due', paymentReference: 'pay_1' });
    yes(await shop.holdfast.carts.empty({}, bob()));
    for (let again = 0; again < 3; again += 1) {
      expect(no(await confirm(shop, orderId))).toEqual(tooLate(orderId));
      shop.clock.now += 3 * 86_400_000;
    }
    expect(no(await confirm(shop, orderId, 'pay_2'))).toEqual(orderState(orderId, 'refund_due'));
    expect(no(await shop.holdfast.checkout.cancel({ orderId }, ann()))).toEqual(orderState(orderId, 'refund_due'));
    expect([await shop.units('mug'), await shop.units('cup')]).toEqual([
      [10, 0, 10],
      [5, 0, 5],
    ]);
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'expired', 'refund_due']);
    await shop.soundAudit();
  });

  test('records why a payment is refund_due, which moves no units', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    shop.clock.now = payBefore!;
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 4 }, bob()));
    const reason = 'the bank reported it by telephone';
    const paid = { orderId, paymentReference: 'pay_1' };
    for (let again = 0; again < 2; again += 1) {
      expect(no(await shop.holdfast.checkout.confirm({ ...paid, reason }, OPERATOR))).toEqual(tooLate(orderId));
    }
    const { items } = yes(await shop.holdfast.events.list({}));
    expect(items.filter(({ what }) => what === 'checkout.confirm')).toMatchObject([
      { by: 'operator', reason, after: { ...paid, status: 'refund_due' } },
    ]);
  });

  test('a late payment beyond the customer’s limit is refund_due', async () => {
    await using shop = await open();
    await shop.supply('pen', { units: 9, limitPerCustomer: 3 });
    const [desk, phone] = [shopper('desk', 'customer:c'), shopper('phone', 'customer:c')];
    const { orderId, payBefore } = await begin(shop, desk, { pen: 2 });
    shop.clock.now = payBefore!;
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 2 }, phone()));
    expect(no(await confirm(shop, orderId))).toEqual(tooLate(orderId));
    await shop.soundAudit();
  });

  test('counts units sold late for the customer, until they are returned or the order is deleted', async () => {
    await using shop = await open();
    await shop.supply('pen', { units: 9, limitPerCustomer: 3 });
    const [desk, phone] = [shopper('desk', 'customer:c'), shopper('phone', 'customer:c')];
    const add = (quantity: number) => shop.holdfast.carts.add({ sku: 'pen', quantity }, phone());
    const { orderId, payBefore } = await begin(shop, desk, { pen: 3 });
    expect(no(await add(1)).reason).toBe('limit_exceeded');
    shop.clock.now = payBefore!;
    yes(await confirm(shop, orderId));
    expect(no(await add(1)).reason).toBe('limit_exceeded');
    const lines = [{ sku: 'pen', quantity: 1 }];
    const back = { orderId, lines, restock: false, reason: 'broken' };
    yes(await shop.holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'r' }));
    expect(no(await add(2))).toMatchObject({ meta: { limit: 3, already: 2 } });
    yes(await add(1));
    yes(await shop.holdfast.carts.empty({}, phone()));
    shop.clock.now += orderRetentionMs;
    await shop.holdfast.expiry.sweepNow();
    yes(await add(3));
    await shop.soundAudit();
  });

  test('places one of two late orders for the last units; the other is refund_due', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    const first = await begin(shop, ann, { mug: 7 });
    shop.clock.now = first.payBefore!;
    const second = await begin(shop, bob, { mug: 8 });
    shop.clock.now = second.payBefore!;
    const results = await Promise.all([
      confirm(shop, first.orderId),
      other.checkout.confirm({ orderId: second.orderId, paymentReference: 'pay_2' }, OPERATOR),
    ]);
    const statuses = [await get(shop, first.orderId), await get(shop, second.orderId)].map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(['placed', 'refund_due']);
    results.forEach((result, index) => expect(result.ok).toBe(statuses[index] === 'placed'));
    expect(await shop.sold('mug')).toBe(statuses[0] === 'placed' ? 7 : 8);
    await shop.soundAudit();
  });

  test('treats a payment as late if the deadline passes between the read and the write', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const { orderId, payBefore } = await begin(shop);
    hooks.beforeApply = async () => {
      delete hooks.beforeApply;
      shop.clock.now = payBefore!;
      yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 10 }, bob()));
    };
    expect(no(await slow.checkout.confirm({ orderId, paymentReference: 'pay_1' }, OPERATOR))).toEqual(tooLate(orderId));
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'expired', 'refund_due']);
    expect(await shop.units('mug')).toEqual([10, 10, 0]);
    await shop.soundAudit();
  });

  test('sells once when two processes confirm a payment many times at once', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    const { orderId } = await begin(shop);
    const confirms = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? other : shop.holdfast).checkout.confirm({ orderId, paymentReference: 'pay_1' }, OPERATOR),
    );
    for (const result of await Promise.all(confirms)) expect(yes(result)).toMatchObject({ status: 'placed' });
    expect(await shop.units('mug')).toEqual([7, 0, 7]);
    expect(no(await confirm(shop, orderId, 'pay_2'))).toEqual(orderState(orderId, 'placed'));
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'placed']);
  });

  test('returns the same answer when a confirm is repeated after a lost reply', async () => {
    await using shop = await open();
    const { orderId } = await begin(shop);
    const call = { ...OPERATOR, idempotencyKey: 'webhook 1' };
    const first = yes(await shop.holdfast.checkout.confirm({ orderId, paymentReference: 'pay_1' }, call));
    expect(yes(await shop.holdfast.checkout.confirm({ orderId, paymentReference: 'pay_1' }, call))).toEqual(first);
    const other = no(await shop.holdfast.checkout.confirm({ orderId, paymentReference: 'pay_2' }, call));
    expect(other.reason).toBe('idempotency_mismatch');
  });

  test('returns the same order for the same key of begin, and refuses the key for another checkout', async () => {
    await using shop = await open();
    await fill(shop);
    const order = yes(await shop.holdfast.checkout.begin({}, ann('k')));
    await fill(shop);
    expect(yes(await shop.holdfast.checkout.begin({}, ann('k')))).toEqual(order);
    expect(no(await shop.holdfast.checkout.place({}, ann('k'))).reason).toBe('idempotency_mismatch');
    yes(await shop.holdfast.checkout.cancel({ orderId: order.orderId }, ann()));
    expect(yes(await shop.holdfast.checkout.begin({}, ann('k')))).toMatchObject({ status: 'cancelled' });
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toHaveLength(2);
  });

  test('reads a line again that changes during begin, so that the order describes what is pinned', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    await fill(shop, ann, { mug: 2 });
    hooks.afterRead = async () => {
      delete hooks.afterRead;
      await fill(shop, ann, { mug: 3 });
    };
    const order = yes(await slow.checkout.begin({}, ann('begin')));
    expect(order).toMatchObject({ total: EUR(2_500), lines: [{ sku: 'mug', quantity: 5 }] });
    expect(await shop.units('mug')).toEqual([10, 5, 5]);
    await shop.soundAudit();
  });

  test('begin refuses like place, and needs a key and a session', async () => {
    await using shop = await open();
    const { checkout, carts } = shop.holdfast;
    expect(no(await checkout.begin({}, ann('a'))).reason).toBe('cart_empty');
    const { lines } = yes(await carts.add({ sku: 'mug', quantity: 2 }, ann()));
    expect(no(await checkout.begin({ expectedTotal: EUR(1) }, ann('b')))).toEqual({
      reason: 'cart_changed',
      meta: { expectedTotal: EUR(1), total: EUR(1_000) },
    });
    expect(no(await checkout.begin({}, ann())).reason).toBe('invalid_input');
    expect(no(await checkout.begin({}, { ...OPERATOR, idempotencyKey: 'c' })).reason).toBe('invalid_input');
    shop.clock.now = lines[0]!.expiresAt;
    expect(no(await checkout.begin({}, ann('d'))).reason).toBe('hold_expired');
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
  });

  test('uses the requested payment window, the shop’s own, or at most the lifetime of a hold', async () => {
    const settings = { paymentWindowMs: 60_000, paymentWindowMaxMs: 3_600_000, holdLifetimeMaxMs: 1_000_000 };
    await using shop = await open({ settings });
    const windows = [
      [{}, 60_000],
      [{ paymentWindowMs: 1_000 }, 1_000],
      [{ paymentWindowMs: 3_600_000 }, 1_000_000],
    ] as const;
    for (const [input, windowMs] of windows) {
      yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, ann()));
      const { payBefore } = yes(await shop.holdfast.checkout.begin(input, ann(`of ${windowMs}`)));
      expect(payBefore).toBe(START + windowMs);
    }
  });

  test('refuses a shopper a payment window above the shop’s maximum; an operator may choose it', async () => {
    await using shop = await open({ settings: { paymentWindowMs: 60_000 } });
    await using roomy = await open({ settings: { paymentWindowMs: 60_000, paymentWindowMaxMs: 90_000 } });
    for (const [at, max] of [
      [shop, 60_000],
      [roomy, 90_000],
    ] as const) {
      await fill(at, ann, { mug: 1 });
      const begin = (paymentWindowMs: number, call = ann(`${paymentWindowMs}`)) =>
        at.holdfast.checkout.begin({ paymentWindowMs }, call);
      expect(no(await begin(max + 1))).toEqual({
        reason: 'invalid_input',
        meta: { issues: [{ path: 'paymentWindowMs', message: `must be a whole number from 1000 to ${max}` }] },
      });
      expect(yes(await begin(max)).payBefore).toBe(START + max);
      await fill(at, ann, { mug: 1 });
      const { caller } = ann();
      const byOperator = { caller: { ...caller, byOperator: true as const }, idempotencyKey: 'by an operator' };
      expect(yes(await begin(3_600_000, byOperator)).payBefore).toBe(START + 3_600_000);
    }
  });

  test('hides an order from other sessions', async () => {
    await using shop = await open();
    const { orderId } = await begin(shop);
    const unknown = { reason: 'unknown_order', meta: { orderId } };
    expect(no(await shop.holdfast.orders.get({ orderId }, bob()))).toEqual(unknown);
    expect(no(await shop.holdfast.checkout.cancel({ orderId }, bob()))).toEqual(unknown);
    expect(no(await shop.holdfast.checkout.cancel({ orderId, restoreCart: true }, bob()))).toEqual(unknown);
    expect(yes(await shop.holdfast.orders.get({ orderId }, ann()))).toMatchObject({ status: 'awaiting_payment' });
    expect(no(await confirm(shop, 'ord_none')).reason).toBe('unknown_order');
  });

  test('ends an order’s holds only by payment or cancelling', async () => {
    await using shop = await open();
    const { orderId } = await begin(shop, ann, { mug: 3 });
    const [hold] = yes(await shop.holdfast.holds.list({})).items;
    const { holdId } = hold!;
    for (const refusal of [
      no(await shop.holdfast.holds.release({ holdId, reason: 'r' }, OPERATOR)),
      no(await shop.holdfast.inventory.release({ holdId }, OPERATOR)),
      no(await shop.holdfast.inventory.consume({ holdId }, OPERATOR)),
    ]) {
      expect(refusal).toEqual(orderState(orderId, 'awaiting_payment'));
    }
  });

  test('lapse releases the stock at once and still allows a late payment', async () => {
    await using shop = await open();
    const { orderId } = await begin(shop);
    const lapse = () => shop.holdfast.checkout.lapse({ orderId, reason: 'declined' }, OPERATOR);
    expect(yes(await lapse())).toMatchObject({ status: 'expired' });
    expect(yes(await lapse())).toMatchObject({ status: 'expired' });
    expect(await shop.units('mug')).toEqual([10, 0, 10]);
    expect(await kinds(shop, 'mug')).toEqual(['released', 'pinned', 'reserved', 'received']);
    expect(yes(await confirm(shop, orderId))).toMatchObject({ status: 'placed' });
    expect(yes(await lapse())).toMatchObject({ status: 'placed' });
    await shop.soundAudit();
  });

  test('ignores the failure of a payment that is not the attached one', async () => {
    await using shop = await open();
    const { checkout } = shop.holdfast;
    await fill(shop);
    const begun = yes(await checkout.begin({ paymentReference: 'cs_1' }, ann('begin')));
    expect(begun).toMatchObject({ status: 'awaiting_payment', paymentReference: 'cs_1' });
    const { orderId, payBefore } = begun;
    const attach = (paymentReference: string, call = ann()) =>
      checkout.attachPayment({ orderId, paymentReference }, call);
    const fail = (...paymentReferences: string[]) => checkout.lapse({ orderId, paymentReferences }, OPERATOR);
    shop.clock.now += 1_000;
    expect(yes(await attach('cs_2'))).toEqual({ ...begun, paymentReference: 'cs_2' });
    expect(await get(shop, orderId)).toEqual({ ...begun, paymentReference: 'cs_2' });
    expect(yes(await attach('cs_2'))).toMatchObject({ paymentReference: 'cs_2', payBefore });
    expect(yes(await fail('cs_1'))).toMatchObject({ status: 'awaiting_payment' });
    expect(yes(await fail('pi_1', 'cs_1'))).toMatchObject({ status: 'awaiting_payment', payBefore });
    expect(await shop.units('mug')).toEqual([10, 3, 7]);
    await shop.soundAudit();
    expect(yes(await fail('pi_2', 'cs_2'))).toMatchObject({ status: 'expired' });
    expect(no(await attach('cs_3'))).toEqual(orderState(orderId, 'expired'));
    expect(yes(await confirm(shop, orderId, 'pi_1'))).toMatchObject({ status: 'placed', paymentReference: 'pi_1' });
    expect(await edges(shop, orderId)).toEqual(['awaiting_payment', 'expired', 'placed']);
    await shop.soundAudit();
  });

  test('an attached payment keeps the holds and the deadline, and an older session can still pay', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    const { checkout } = shop.holdfast;
    for (const paymentReference of ['cs_1', 'cs_2']) {
      yes(await checkout.attachPayment({ orderId, paymentReference }, OPERATOR));
    }
    expect(no(await checkout.attachPayment({ orderId, paymentReference: 'x' }, bob())).reason).toBe('unknown_order');
    shop.clock.now = payBefore! - 1;
    await shop.holdfast.expiry.sweepNow();
    expect(yes(await confirm(shop, orderId, 'pi_1'))).toMatchObject({ status: 'placed', paymentReference: 'pi_1' });
    expect(no(await confirm(shop, orderId, 'pi_2'))).toEqual(orderState(orderId, 'placed'));
    expect(await kinds(shop, 'mug')).toEqual(['consumed', 'pinned', 'reserved', 'received']);
    await shop.soundAudit();
  });

  test.each(['placed', 'cancelled', 'refund_due'] as const)(
    'keeps an order that is %s for its retention',
    async (status) => {
      await using shop = await open();
      const { orderId, payBefore } = await begin(shop);
      const { checkout, expiry, stock } = shop.holdfast;
      if (status === 'refund_due') {
        shop.clock.now = payBefore!;
        yes(await stock.count({ sku: 'mug', onHand: 0 }, OPERATOR));
      }
      await (status === 'cancelled' ? checkout.cancel({ orderId }, ann()) : confirm(shop, orderId));
      const end = shop.clock.now + (status === 'cancelled' ? unpaidOrderRetentionMs : orderRetentionMs);
      for (const at of [payBefore!, end - 1]) {
        shop.clock.now = at;
        await expiry.sweepNow();
        expect(await get(shop, orderId)).toMatchObject({ status });
      }
      shop.clock.now = end;
      await expiry.sweepNow();
      expect(no(await shop.holdfast.orders.get({ orderId }, OPERATOR)).reason).toBe('unknown_order');
      expect(shop.holdfast.stats()).toMatchObject({ ordersExpired: 0, ordersForgotten: 1, expiryFailures: 0 });
    },
  );

  test('deletes an expired order after its retention', async () => {
    await using shop = await open();
    const { orderId, payBefore } = await begin(shop);
    shop.clock.now = payBefore!;
    await shop.holdfast.expiry.sweepNow();
    shop.clock.now += unpaidOrderRetentionMs - 1;
    await shop.holdfast.expiry.sweepNow();
    expect(await get(shop, orderId)).toMatchObject({ status: 'expired' });
    shop.clock.now += 1;
    await shop.holdfast.expiry.sweepNow();
    expect(no(await shop.holdfast.orders.get({ orderId }, OPERATOR)).reason).toBe('unknown_order');
    expect(no(await confirm(shop, orderId)).reason).toBe('unknown_order');
    await shop.soundAudit();
  });
});
