import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allMovements, expectSound, stockUp } from '../support/books.ts';
import { type HttpAnswer, HttpCaller, must, type OutputOf } from '../support/http-caller.ts';
import { startRedis } from '../support/redis-server.ts';
import { type RunningShop, shopKinds } from '../support/running-shop.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const reasons = (answers: readonly HttpAnswer<unknown>[]): Record<string, number> => {
  const counted: Record<string, number> = {};
  for (const answer of answers) {
    const reason = answer.ok ? 'ok' : answer.reason;
    counted[reason] = (counted[reason] ?? 0) + 1;
  }
  return counted;
};

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/**
 * Each bug happened in another system. The numbers are those of docs/known-bugs.md. These tests run over HTTP, and from
 * several processes where the store allows it. test/service/known-bugs.test.ts tests stale reads, because only there a
 * test can cause one.
 */
describe.each(shopKinds)('bugs of other systems, over HTTP on $name', ({ open }) => {
  let shop: RunningShop;
  beforeAll(async () => {
    shop = await open();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  /** The servers in turn. */
  const via = (index: number): HttpCaller => shop.callers[index % shop.callers.length]!;
  const operator = () => shop.caller.asOperator();
  /** `[on hand and not sold, reserved, available]`. */
  const units = async (sku: string): Promise<[number, number, number]> => {
    const { onHand, reserved, committed, available } = must(await operator().query('stock.level', { sku }));
    return [onHand - committed, reserved, available];
  };

  test('bug 1: many concurrent reservations of the last unit: one succeeds', async () => {
    await stockUp(shop.caller, { b1: 1 });
    const answers = await times(60, (index) =>
      via(index).as(`bug-1-shopper-${index}`).mutate('cart.add', { sku: 'b1', quantity: 1 }),
    );
    expect(reasons(answers)).toEqual({ ok: 1, insufficient_stock: 59 });
    expect(await units('b1')).toEqual([1, 1, 0]);
  });

  test('bug 2: the same item twice in one request is not checked twice against one figure', async () => {
    await stockUp(shop.caller, { b2: 3 });
    const input = (quantity: number) => ({ json: { sku: 'b2', quantity } });
    const answers = await shop.caller.as('bug-2-shopper').batch(['cart.add', 'cart.add'], [input(2), input(2)]);
    expect(reasons(answers)).toEqual({ ok: 1, insufficient_stock: 1 });
    expect(await units('b2')).toEqual([3, 2, 1]);
  });

  test('bug 3: never oversells units that do not divide evenly, and other calls of a request are unaffected', async () => {
    await stockUp(shop.caller, { b3: 10 });
    const answers = await times(40, (index) =>
      via(index).as(`bug-3-shopper-${index}`).mutate('cart.add', { sku: 'b3', quantity: 3 }),
    );
    expect(reasons(answers)).toEqual({ ok: 3, insufficient_stock: 37 });
    expect(await units('b3')).toEqual([10, 9, 1]);
    const inputs = ['none', 'b3', 'b3'].map((sku) => ({ json: { sku, quantity: 1 } }));
    const mixed = await shop.caller.as('bug-3-batch').batch(['cart.add', 'cart.add', 'cart.add'], inputs);
    expect(reasons(mixed)).toEqual({ unknown_sku: 1, ok: 1, insufficient_stock: 1 });
    const asked = must(await shop.caller.query('stock.availability', { skus: ['none', 'b3', 'none-either'] }));
    expect(asked.map(({ sku }) => sku)).toEqual(['none', 'b3', 'none-either']);
  });

  test('bug 4: a line’s units are released once, however often and by whomever it is ended', async () => {
    await stockUp(shop.caller, { b4: 5 });
    for (let cycle = 0; cycle < 3; cycle += 1) {
      const session = 'bug-4-shopper';
      const { lines } = must(await via(cycle).as(session).mutate('cart.add', { sku: 'b4', quantity: 5 }));
      const { holdId } = lines[0]!;
      const ends = await times(12, (index): Promise<HttpAnswer<unknown>> => {
        const own = via(index).as(session);
        if (index % 4 === 0) return own.mutate('cart.remove', { sku: 'b4' });
        if (index % 4 === 1) return own.mutate('cart.clear', {});
        if (index % 4 === 2) return own.mutate('cart.setQuantity', { sku: 'b4', quantity: 0 });
        return via(index).asOperator().mutate('holds.release', { holdId, reason: 'closing' });
      });
      for (const answer of ends) if (!answer.ok) expect(answer.reason).toBe('hold_not_active');
      expect(await units('b4')).toEqual([5, 0, 5]);
    }
    const kinds = await allMovements(shop.caller, 'b4');
    expect(kinds.filter((kind) => kind === 'released')).toHaveLength(3);
  });

  test('bug 4: repeated releases do not release sold units', async () => {
    await stockUp(shop.caller, { sold: 5 });
    const own = shop.caller.as('bug-4-buyer');
    const { lines } = must(await own.mutate('cart.add', { sku: 'sold', quantity: 2 }));
    const endings = await times(9, (index): Promise<HttpAnswer<unknown>> => {
      const same = via(index).as('bug-4-buyer');
      if (index === 0) return same.mutate('checkout.place', { idempotencyKey: 'pay' });
      return index % 2 ? same.mutate('cart.clear', {}) : same.mutate('cart.remove', { sku: 'sold' });
    });
    const isSold = endings[0]!.ok;
    if (!isSold) expect(endings[0]).toMatchObject({ reason: 'cart_empty' });
    expect(await units('sold')).toEqual(isSold ? [3, 0, 3] : [5, 0, 5]);
    const release = { holdId: lines[0]!.holdId, reason: 'again' };
    for (let again = 0; again < 3; again += 1) {
      expect(await via(again).asOperator().mutate('holds.release', release)).toMatchObject({
        reason: 'hold_not_active',
        status: 409,
        meta: { state: isSold ? 'committed' : 'released' },
      });
    }
    expect(await units('sold')).toEqual(isSold ? [3, 0, 3] : [5, 0, 5]);
  });

  test('bug 9: a shopper’s own hold does not block them', async () => {
    await stockUp(shop.caller, { b9: 4 });
    const own = (index: number) => via(index).as('bug-9-shopper');
    must(await own(0).mutate('cart.add', { sku: 'b9', quantity: 3 }));
    must(await own(1).mutate('cart.setQuantity', { sku: 'b9', quantity: 4 }));
    must(await own(0).mutate('cart.setQuantity', { sku: 'b9', quantity: 4 }));
    expect(await own(1).mutate('cart.add', { sku: 'b9', quantity: 1 })).toMatchObject({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'b9', requested: 1, available: 0 }] },
    });
    const { lines } = must(await own(1).mutate('checkout.place', { idempotencyKey: 'pay' }));
    expect(lines).toMatchObject([{ sku: 'b9', quantity: 4 }]);
    expect(await units('b9')).toEqual([0, 0, 0]);
  });

  test('bug 10: carts of the same SKUs in opposite orders do not wait for a lock', async () => {
    await stockUp(shop.caller, { left: 200, right: 200 });
    const answers = await times(100, async (index) => {
      const own = via(index).as(`bug-10-shopper-${index}`);
      const skus = index % 2 ? ['left', 'right'] : ['right', 'left'];
      for (const sku of skus) must(await own.mutate('cart.add', { sku, quantity: 2 }));
      return own.mutate('checkout.place', { idempotencyKey: 'pay' });
    });
    expect(reasons(answers)).toEqual({ ok: 100 });
    expect([await units('left'), await units('right')]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('bug 11: a call that is answered with an error changes nothing', async () => {
    await stockUp(shop.caller, { b11: 3 });
    const own = shop.caller.as('bug-11-shopper');
    must(await own.mutate('cart.add', { sku: 'b11', quantity: 2, idempotencyKey: 'mine' }));
    const seen = async () => {
      const { lines, version, total, expired } = must(await own.query('cart.get', {}));
      return { lines, version, total, expired, units: await units('b11') };
    };
    const before = await seen();
    const wrong = { expectedTotal: { amount: 1, currency: 'EUR' } };
    const answers: HttpAnswer<unknown>[] = [
      await own.mutate('cart.add', { sku: 'b11', quantity: 2 }),
      await own.mutate('cart.add', { sku: 'b11', quantity: 1, idempotencyKey: 'mine' }),
      await own.mutate('cart.setQuantity', { sku: 'b11', quantity: 9 }),
      await own.mutate('cart.add', { sku: 'nowhere', quantity: 1 }),
      await own.mutate('cart.add', { sku: 'b11', quantity: 0 }),
      await own.mutate('checkout.place', { idempotencyKey: 'pay', ...wrong }),
      await own.mutate('checkout.place', { idempotencyKey: 'mine' }),
      await own.mutate('stock.receive', { sku: 'b11', quantity: 1 }),
    ];
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.reason))).toEqual([
      'insufficient_stock',
      'idempotency_mismatch',
      'insufficient_stock',
      'unknown_sku',
      'invalid_input',
      'cart_changed',
      'idempotency_mismatch',
      'not_authorized',
    ]);
    expect(await seen()).toEqual(before);
  });

  test('bug 12: the same key many times at the same instant has one effect', async () => {
    await stockUp(shop.caller, { b12: 50 });
    const adding = { sku: 'b12', quantity: 2, idempotencyKey: 'add' };
    const added = await times(20, (index) => via(index).as('bug-12-shopper').mutate('cart.add', adding));
    expect(reasons(added)).toEqual({ ok: 20 });
    expect(await units('b12')).toEqual([50, 2, 48]);
    const placed = await times(20, (index) =>
      via(index).as('bug-12-shopper').mutate('checkout.place', { idempotencyKey: 'pay' }),
    );
    const orders = placed.map((answer: HttpAnswer<OutputOf<'checkout.place'>>) => must(answer).orderId);
    expect(new Set(orders).size).toBe(1);
    expect(must(await via(1).as('bug-12-shopper').query('cart.get', {}))).toMatchObject({ version: 0, lines: [] });
    await times(20, (index) =>
      via(index).asOperator().mutate('stock.receive', { sku: 'b12', quantity: 5, idempotencyKey: 'delivery-7' }),
    );
    expect(await units('b12')).toEqual([53, 0, 53]);
  });

  test('bug 14: no counter goes below zero, no shopper is refused while units remain, and no unit is lost', async () => {
    await stockUp(shop.caller, { b14: 30 });
    const answers = await times(90, async (index) => {
      const own = via(index).as(`bug-14-shopper-${index}`);
      const added = await own.mutate('cart.add', { sku: 'b14', quantity: 1 });
      if (!added.ok) return added;
      return index % 3 === 0 ? own.mutate('cart.clear', {}) : own.mutate('checkout.place', { idempotencyKey: 'pay' });
    });
    const [onHand, reserved, available] = await units('b14');
    expect([reserved, available]).toEqual([0, onHand]);
    const kinds = await allMovements(shop.caller, 'b14');
    const of = (wanted: string) => kinds.filter((kind) => kind === wanted).length;
    expect(of('committed')).toBe(30 - onHand);
    expect(of('reserved')).toBe(of('committed') + of('released'));
    expect(of('reserved')).toBe(answers.filter(({ ok }) => ok).length);
    expect(of('reserved')).toBeGreaterThanOrEqual(30);
    const rest = await times(onHand, (index) =>
      via(index).as(`bug-14-late-${index}`).mutate('cart.add', { sku: 'b14', quantity: 1 }),
    );
    expect(reasons(rest)).toEqual(onHand === 0 ? {} : { ok: onHand });
    expect(
      await operator().mutate('stock.adjust', { sku: 'b14', delta: -(onHand + 1), reason: 'damage' }),
    ).toMatchObject({ reason: 'below_reserved' });
  });

  test('one cart that several processes change at once loses no line', async () => {
    const skus = Array.from({ length: 40 }, (_, index) => `many-${index}`);
    await stockUp(shop.caller, Object.fromEntries(skus.map((sku) => [sku, 1])));
    const own = (index: number) => via(index).as('shopper-of-many-tabs');
    const added = await times(40, (index) => own(index).mutate('cart.add', { sku: skus[index]!, quantity: 1 }));
    expect(reasons(added)).toEqual({ ok: 40 });
    const removed = await times(20, (index) => own(index).mutate('cart.remove', { sku: skus[index]! }));
    expect(reasons(removed)).toEqual({ ok: 20 });
    const { lines } = must(await own(1).query('cart.get', {}));
    expect(lines.map(({ sku }) => sku).sort()).toEqual(skus.slice(20).sort());
  });

  test('all books are correct after these tests', () => expectSound(shop.caller));
});

describe.each(shopKinds)('bugs of expiry in other systems, over HTTP on $name', ({ open }) => {
  test('bug 7: no expired hold is revived; bug 15: no expiry waits for a notification', async () => {
    await using shop = await open({ HOLD_TTL_MS: '700' });
    const { caller, redis } = shop;
    if (redis) await withoutNotifications(redis.socketPath);
    await stockUp(caller, { vase: 2 });
    const [ann, bob] = [caller.as('bug-7-ann'), (shop.callers[1] ?? caller).as('bug-7-bob')];
    const { lines } = must(await ann.mutate('cart.add', { sku: 'vase', quantity: 2 }));
    const { expiresAt, holdId } = lines[0]!;

    await takeAsSoonAsThere(bob, expiresAt);
    const late = [
      await ann.mutate('cart.setQuantity', { sku: 'vase', quantity: 2 }),
      await ann.mutate('cart.add', { sku: 'vase', quantity: 1 }),
      await ann.mutate('checkout.place', { idempotencyKey: 'pay' }),
      await caller.asOperator().mutate('holds.release', { holdId, reason: 'again' }),
    ];
    expect(late.map((answer) => (answer.ok ? 'ok' : answer.reason))).toEqual([
      'insufficient_stock',
      'insufficient_stock',
      'hold_expired',
      'hold_not_active',
    ]);
    expect(must(await ann.query('cart.get', {}))).toMatchObject({ lines: [], expired: [{ sku: 'vase', quantity: 2 }] });
    must(await bob.mutate('checkout.place', { idempotencyKey: 'pay' }));
    expect(must(await caller.asOperator().query('stock.level', { sku: 'vase' }))).toMatchObject({
      onHand: 2,
      reserved: 0,
      committed: 2,
    });
    await expectSound(caller);
  });
});

/**
 * Repeats the request. A request at or after the deadline is not refused any more. All processes here use one clock.
 */
async function takeAsSoonAsThere(own: HttpCaller, expiresAt: number): Promise<void> {
  for (;;) {
    const askedAt = Date.now();
    const answer = await own.mutate('cart.add', { sku: 'vase', quantity: 2 });
    if (answer.ok) {
      expect(answer.value.serverTime).toBeGreaterThanOrEqual(expiresAt);
      return;
    }
    expect(answer.reason).toBe('insufficient_stock');
    expect(askedAt).toBeLessThan(expiresAt);
  }
}

async function withoutNotifications(socketPath: string): Promise<void> {
  const admin = new Redis(socketPath);
  await admin.config('SET', 'notify-keyspace-events', '');
  admin.disconnect();
}

test('bug 16: a batch that is sent again after its reply was lost has one effect and one answer', async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  await using proxy = await startTcpProxy(redis.socketPath);
  await using server = await startServerProcess({ REDIS_URL: proxy.url });
  const caller = new HttpCaller(server.url);
  await stockUp(caller, { pen: 10 });
  const own = caller.as('bug-16-shopper');
  const applied = (_: string, reply: Buffer): boolean => reply.subarray(0, 24).includes('done');
  proxy.dropReplyOfEvery(1, (command, reply) => applied(command, reply) && proxy.counters.dropped < 1);
  const { granted, lines } = must(await own.mutate('cart.add', { sku: 'pen', quantity: 2 }));
  expect(proxy.counters.dropped).toBe(1);
  expect([granted, lines[0]?.quantity]).toEqual([2, 2]);
  expect(await allMovements(caller, 'pen')).toEqual(['reserved', 'received']);
  await expectSound(caller);
  caller.close();
});
