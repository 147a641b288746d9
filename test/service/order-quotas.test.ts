import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import type { OrderBounds } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const BOUNDS: OrderBounds = { session: { open: 2, daily: 5 }, client: { open: 3, daily: 7 } };
const WINDOW_MS = 60_000;

let keys = 0;
/** A call of a session from a client. */
const from = (name: string, client?: string, customer: string | null = null): Call => {
  const call = shopper(name, customer)(`key ${(keys += 1)}`);
  return { ...call, caller: { ...call.caller, client } };
};

describe.each(engines)('bounds of orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (orderBounds: OrderBounds = BOUNDS): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings: { orderBounds } });
    await shop.supply('mug', { units: 1_000 });
    return shop;
  };
  const tryBegin = async (shop: Shop, call: Call) => {
    const { idempotencyKey: _, ...unkeyed } = call;
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, unkeyed));
    return shop.holdfast.checkout.begin({ paymentWindowMs: WINDOW_MS }, call);
  };
  const begin = async (shop: Shop, call: Call): Promise<string> => yes(await tryBegin(shop, call)).orderId;
  const cancel = async (shop: Shop, orderId: string): Promise<void> => {
    yes(await shop.holdfast.checkout.cancel({ orderId }, OPERATOR));
  };

  test('a session has a bounded number of open orders, and the refusal names the end of the first', async () => {
    await using shop = await open();
    await begin(shop, from('ann'));
    shop.clock.now += 1_000;
    await begin(shop, from('ann'));
    expect(no(await tryBegin(shop, from('ann')))).toEqual({
      reason: 'rate_limited',
      meta: { retryAfterMs: WINDOW_MS - 1_000 },
    });
    await begin(shop, from('bob'));
    shop.clock.now += WINDOW_MS - 1_000;
    await begin(shop, from('ann'));
    await shop.soundAudit();
  });

  test('an order that was paid or cancelled makes room for another', async () => {
    await using shop = await open();
    const [paid, cancelled] = [await begin(shop, from('ann')), await begin(shop, from('ann'))];
    expect(no(await tryBegin(shop, from('ann'))).reason).toBe('rate_limited');
    yes(await shop.holdfast.checkout.confirm({ orderId: paid, paymentReference: 'p' }, OPERATOR));
    await begin(shop, from('ann'));
    expect(no(await tryBegin(shop, from('ann'))).reason).toBe('rate_limited');
    await cancel(shop, cancelled);
    await begin(shop, from('ann'));
    await shop.soundAudit();
  });

  test('begin and cancel in a loop ends at the daily bound of the session, and goes on a day later', async () => {
    await using shop = await open();
    const began = shop.clock.now;
    for (let count = 0; count < 5; count += 1) {
      await cancel(shop, await begin(shop, from('ann')));
      shop.clock.now += 1_000;
    }
    expect(no(await tryBegin(shop, from('ann')))).toEqual({
      reason: 'rate_limited',
      meta: { retryAfterMs: 24 * HOUR_MS - 5_000 },
    });
    shop.clock.now = began + 24 * HOUR_MS;
    await begin(shop, from('ann'));
    await shop.soundAudit();
  });

  test('new sessions of one client share its bounds', async () => {
    await using shop = await open();
    const open3 = await Promise.all(['a', 'b', 'c'].map((name) => begin(shop, from(name, 'clt_x'))));
    expect(no(await tryBegin(shop, from('d', 'clt_x'))).reason).toBe('rate_limited');
    await begin(shop, from('d', 'clt_y'));
    for (const orderId of open3) await cancel(shop, orderId);
    for (const name of ['e', 'f', 'g', 'h']) await cancel(shop, await begin(shop, from(name, 'clt_x')));
    const { reason, meta } = no(await tryBegin(shop, from('i', 'clt_x')));
    expect([reason, meta]).toEqual(['rate_limited', { retryAfterMs: 24 * HOUR_MS }]);
    await shop.soundAudit();
  });

  test('concurrent checkouts of one client, also in several processes, never exceed its bound', async () => {
    await using shop = await open({ ...BOUNDS, client: { open: 3, daily: 100 } });
    const other = await shop.another(engine, { settings: { orderBounds: BOUNDS } });
    const calls = Array.from({ length: 12 }, (_, index) => from(`s${index}`, 'clt_x'));
    for (const { caller } of calls) yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, { caller }));
    const results = await Promise.all(
      calls.map((call, index) => (index % 2 ? shop.holdfast : other).checkout.begin({}, call)),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(3);
    await shop.soundAudit();
  });

  test('all sessions of a customer share the bounds of a session', async () => {
    await using shop = await open();
    await begin(shop, from('desk', undefined, 'customer:c'));
    await begin(shop, from('phone', undefined, 'customer:c'));
    expect(no(await tryBegin(shop, from('pad', undefined, 'customer:c'))).reason).toBe('rate_limited');
  });

  test('a placed order counts for the day, and the bounds do not apply to an operator on behalf of a session', async () => {
    await using shop = await open({ ...BOUNDS, session: { open: 1, daily: 2 } });
    const place = async (call: Call) => {
      const { idempotencyKey: _, ...unkeyed } = call;
      yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 1 }, unkeyed));
      return shop.holdfast.checkout.place({}, call);
    };
    const byOperator = (): Call => {
      const call = from('ann');
      return { ...call, caller: { ...call.caller, byOperator: true } };
    };
    for (let count = 0; count < 4; count += 1) yes(await place(byOperator()));
    yes(await place(from('ann')));
    const again = from('ann');
    const placed = yes(await place(again));
    expect(no(await place(from('ann'))).reason).toBe('rate_limited');
    expect(yes(await shop.holdfast.checkout.place({}, again))).toEqual(placed);
  });

  test('the document with the counts is deleted when none of its orders count any more', async () => {
    await using shop = await open();
    await begin(shop, from('ann', 'clt_x'));
    const counted = async () =>
      (await shop.store.read([{ documents: ['quota:hash-of-ann', 'quota:clt_x'] }]))[0]?.documents.filter(Boolean);
    expect(await counted()).toHaveLength(2);
    shop.clock.now += 24 * HOUR_MS;
    await shop.holdfast.expiry.sweepNow();
    expect(await counted()).toEqual([]);
    await shop.soundAudit();
  });
});
