import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Leadership } from '../../src/store/leadership.ts';
import { SILENT } from '../../src/transact/log.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { engines, memoryEngine } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { poll } from '../support/poll.ts';
import { no, OPERATOR, openShopNow, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { put, START, transaction } from '../support/transactions.ts';

const { holdTtlMs, cartTtlMs } = DEFAULT_SETTINGS;
const DAY_MS = 86_400_000;
const ann = shopper('ann');

const concerns = (transactions: readonly Transaction[], kind: 'put' | 'drop', prefix: string): boolean =>
  transactions.some(({ steps }) => steps.some((step) => step.kind === kind && step.key.startsWith(prefix)));

describe.each(engines)('expiry on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** Creates `count` carts of one unit each, from `crt_b0` on. A mailbox does not accept all of them at once. */
  const fillCarts = async (shop: Shop, count: number) => {
    for (let from = 0; from < count; from += 1_000) {
      const names = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => `b${from + index}`);
      const added = names.map((name) => shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, shopper(name)()));
      for (const result of await Promise.all(added)) yes(result);
    }
  };

  const cursor = async (shop: Shop): Promise<string | undefined> =>
    (await shop.store.read([{ documents: ['cursor:expiry'] }]))[0]?.documents[0]?.record.body;

  const document = async (shop: Shop, key: string) =>
    (await shop.store.read([{ documents: [key] }]))[0]?.documents[0]?.record ?? null;

  test('ends a hold at its deadline, and not a millisecond before', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 5 });
    await fillCarts(shop, 5);
    shop.clock.now = START + holdTtlMs - 1;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units('fan')).toEqual([5, 5, 0]);
    shop.clock.now = START + holdTtlMs;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units('fan')).toEqual([5, 0, 5]);
    expect(shop.holdfast.stats()).toMatchObject({ holdsReclaimed: 5, linesExpired: 5, expiryFailures: 0 });
    expect(await document(shop, 'cart:crt_b0')).toMatchObject({ holds: [] });
    await shop.soundAudit();
  });

  test('ends more overdue holds than one call may end, and deletes their lines', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 2_500 });
    await fillCarts(shop, 2_500);
    shop.clock.now += holdTtlMs;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units('fan')).toEqual([2_500, 0, 2_500]);
    expect(shop.holdfast.stats()).toMatchObject({ holdsReclaimed: 2_500, linesExpired: 2_500 });
    shop.clock.now = START + cartTtlMs;
    await shop.holdfast.expiry.sweepNow();
    expect(shop.holdfast.stats()).toMatchObject({ cartsExpired: 2_500 });
    const { documents } = await shop.store.scan({ kind: 'documents', cursor: null, limit: 10 });
    const keys = documents.map(({ key }) => key.split(':')[0]);
    expect(keys.sort()).toEqual(['cursor', 'event']);
  });

  test('is exact without a sweep: a buyer gets the last unit despite more overdue holds than a batch ends', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 1_500 });
    await fillCarts(shop, 1_500);
    shop.clock.now += holdTtlMs - 1;
    expect(no(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, ann())).reason).toBe('insufficient_stock');
    shop.clock.now += 1;
    expect(yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1_500 }, ann())).granted).toBe(1_500);
    expect(shop.holdfast.stats().holdsReclaimed).toBeGreaterThan(0);
    expect(yes(await shop.holdfast.stock.availability({ skus: ['fan'] }))).toMatchObject([{ status: 'out_of_stock' }]);
  });

  test('counts overdue units as free in levels and availability', async () => {
    await using shop = await openShopWith(engine, { settings: { cacheMs: 1 } });
    await shop.supply('fan', { units: 1_200 });
    await fillCarts(shop, 1_200);
    shop.clock.now += holdTtlMs;
    const [listed] = yes(await shop.holdfast.stock.list({})).items;
    expect(listed).toMatchObject({ sku: 'fan', reserved: 0, available: 1_200 });
    expect(yes(await shop.holdfast.stock.availability({ skus: ['fan'] }))).toMatchObject([{ available: 1_200 }]);
  });

  test('bug 5: one bad record does not stop the sweep', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 9 });
    await fillCarts(shop, 2);
    const broken = put('cart:crt_broken', 'any', { body: 'no json', holds: [], dueInMs: 1_000 });
    const odd = put('odd:thing', 'any', { body: '', dueInMs: 1_000 });
    const badOrder = put('order:ord_bad', 'any', { body: '[]', dueInMs: 1_000, list: 'placed' });
    await shop.store.apply([transaction('broken', [broken, odd, badOrder])]);
    shop.clock.now += cartTtlMs;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.units('fan')).toEqual([9, 0, 9]);
    expect(await document(shop, 'cart:crt_broken')).toBeNull();
    expect(await document(shop, 'order:ord_bad')).toBeNull();
    expect(shop.holdfast.stats()).toMatchObject({ cartsExpired: 3, ordersForgotten: 1 });
  });

  test('releases the holds of a cart whose body cannot be read', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 9 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, ann()));
    const broken = put('cart:crt_ann', 'any', { body: '{', holds: [lines[0]!.holdId], dueInMs: cartTtlMs });
    await shop.store.apply([transaction('break', [broken])]);
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toMatchObject([{ sku: 'fan', quantity: 2 }]);
    expect(yes(await shop.holdfast.carts.empty({}, ann())).lines).toEqual([]);
    expect(await shop.units('fan')).toEqual([9, 0, 9]);
    await shop.soundAudit();
  });

  test('is correct if two processes sweep at once', async () => {
    await using shop = await openShopWith(engine);
    const other = await shop.another(engine);
    await shop.supply('fan', { units: 300 });
    await fillCarts(shop, 300);
    for (const at of [START + holdTtlMs, START + cartTtlMs]) {
      shop.clock.now = at;
      await Promise.all([shop.holdfast.expiry.sweepNow(), other.expiry.sweepNow(), other.expiry.sweepNow()]);
    }
    expect(await shop.units('fan')).toEqual([300, 0, 300]);
    const both = [shop.holdfast.stats(), other.stats()];
    const sum = (count: (stats: (typeof both)[number]) => number) => both.reduce((total, one) => total + count(one), 0);
    expect(sum((stats) => stats.holdsReclaimed)).toBe(300);
    expect(sum((stats) => stats.linesExpired)).toBe(300);
    expect(sum((stats) => stats.cartsExpired)).toBe(300);
    expect(sum((stats) => stats.expiryFailures)).toBe(0);
    await shop.soundAudit();
  });

  test('keeps its cursor, and later finishes work that a store failure interrupted', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 5 });
    await fillCarts(shop, 5);
    const hooks: Hooks = {};
    const failing = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    shop.clock.now += holdTtlMs;
    hooks.beforeApply = async (transactions) => {
      if (concerns(transactions, 'put', 'cart:')) throw new StoreError('unavailable', 'gone');
    };
    await expect(failing.expiry.sweepNow()).rejects.toThrow('gone');
    expect(await cursor(shop)).toBeUndefined();
    expect(await document(shop, 'cart:crt_b0')).toMatchObject({ holds: [expect.any(String)] });
    await shop.holdfast.expiry.sweepNow();
    const place = await cursor(shop);
    expect(place).toMatch(/^\d+-\d+$/);
    expect(await document(shop, 'cart:crt_b0')).toMatchObject({ holds: [] });
    await shop.holdfast.expiry.sweepNow();
    expect(await cursor(shop)).toBe(place);
  });

  test('does not expire a renewed cart at its old deadline', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('fan', { units: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, ann()));
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    shop.clock.now = START + cartTtlMs;
    let isDone = false;
    hooks.beforeApply = async (transactions) => {
      if (isDone || !concerns(transactions, 'drop', 'cart:')) return;
      isDone = true;
      yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, ann()));
    };
    await slow.expiry.sweepNow();
    expect(isDone).toBe(true);
    expect(yes(await shop.holdfast.carts.get({}, ann())).lines).toMatchObject([{ sku: 'fan', quantity: 2 }]);
    expect(await shop.units('fan')).toEqual([5, 2, 3]);
    await shop.soundAudit();
  });

  test('deletes orders after their retention, and no longer counts them for the customer', async () => {
    await using shop = await openShopWith(engine, { settings: { orderRetentionMs: 30 * DAY_MS } });
    await shop.supply('fan', { units: 9, limitPerCustomer: 2 });
    const [bound, other] = [shopper('ann', 'customer:c'), shopper('desk', 'customer:c')];
    const { carts, checkout, orders, expiry } = shop.holdfast;
    yes(await carts.add({ sku: 'fan', quantity: 2 }, bound()));
    const { orderId } = yes(await checkout.place({}, bound('pay')));
    shop.clock.now += 30 * DAY_MS - 1;
    await expiry.sweepNow();
    expect(yes(await orders.get({ orderId }, bound())).orderId).toBe(orderId);
    expect(no(await carts.add({ sku: 'fan', quantity: 1 }, other())).reason).toBe('limit_exceeded');
    shop.clock.now += 1;
    await expiry.sweepNow();
    expect(no(await orders.get({ orderId }, bound())).reason).toBe('unknown_order');
    yes(await carts.add({ sku: 'fan', quantity: 2 }, other()));
    await shop.soundAudit();
  });

  test('frees stock in every process, and applies the effects only in the leading one', async () => {
    await using shop = await openShopNow(engine, {
      settings: { holdTtlMs: 60 },
      leadership: { isLeading: false, unledMs: 0, whileLeading: () => () => Promise.resolve() },
    });
    await shop.supply('fan', { units: 1 });
    shop.holdfast.expiry.start();
    shop.holdfast.expiry.start();
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, ann()));
    await poll(() => shop.holdfast.stats().holdsReclaimed === 1);
    expect(shop.holdfast.stats().linesExpired).toBe(0);
    const leader = await shop.another(engine);
    leader.expiry.start();
    await poll(() => leader.stats().linesExpired === 1);
  });

  test('frees stock soon after the deadline without any buyer', async () => {
    await using shop = await openShopNow(engine, { settings: { holdTtlMs: 300 } });
    await shop.supply('fan', { units: 200 });
    shop.holdfast.expiry.start();
    await fillCarts(shop, 200);
    const late: number[] = [];
    await poll(async () => {
      const entries = await shop.store.feed({ after: null, limit: 5_000 });
      const expired = entries.filter(({ kind }) => kind === 'expired');
      if (expired.length < 200) return false;
      const holds = await shop.store.read([
        { holds: expired.map((entry) => ('holdId' in entry ? entry.holdId! : '')) },
      ]);
      for (const hold of holds[0]!.holds) late.push(hold!.endedAt! - hold!.expiresAt);
      return true;
    });
    expect(Math.max(...late)).toBeLessThan(250);
    await poll(() => shop.holdfast.stats().linesExpired === 200);
  });

  test('waits for running work when it stops, and leaves nothing running', async () => {
    await using shop = await openShopNow(engine);
    let isLeading = false;
    const leadership: Leadership = {
      isLeading: false,
      unledMs: 0,
      whileLeading(run) {
        const stopping = new AbortController();
        isLeading = true;
        const running = run(stopping.signal).then(() => {
          isLeading = false;
        });
        return () => {
          stopping.abort();
          return running;
        };
      },
    };
    const holdfast = await shop.another(engine, { leadership });
    holdfast.expiry.start();
    await holdfast.close();
    await holdfast.close();
    expect(isLeading).toBe(false);
    await expect(holdfast.stock.define({ sku: 'late' }, OPERATOR)).rejects.toMatchObject({ fault: 'closed' });
  });
});

test('bug 5: a cart that makes the machine fail is logged and skipped, and does not stop the sweep', async () => {
  const logged: object[] = [];
  await using shop = await openShopWith(memoryEngine, { log: { ...SILENT, error: (fields) => logged.push(fields) } });
  if (!(shop.store instanceof MemoryStore)) throw new Error('only its records can be damaged by hand');
  for (const sku of ['fan', 'lost']) {
    await shop.supply(sku, { units: 9 });
    yes(await shop.holdfast.carts.add({ sku, quantity: 2 }, shopper(sku)()));
  }
  shop.store.tables.stocks.delete('lost');
  shop.clock.now += cartTtlMs;
  for (let sweep = 0; sweep < 3; sweep += 1) await shop.holdfast.expiry.sweepNow();
  expect(await shop.units('fan')).toEqual([9, 0, 9]);
  expect(shop.holdfast.stats()).toMatchObject({ cartsExpired: 1, expiryFailures: 1 });
  expect(logged).toMatchObject([{ document: 'cart:crt_lost' }]);
});
