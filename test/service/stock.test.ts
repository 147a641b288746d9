import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });

/** Reads all pages of `limit` items. */
async function walk<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor?: string }>,
): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    pages.push(items);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return pages;
}

describe.each(engines)('stock, holds and orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('defines a SKU, changes the given fields and clears fields with null', async () => {
    await using shop = await openShopWith(engine);
    const define = async (input: object) => yes(await shop.holdfast.stock.define({ sku: 'cup', ...input }, OPERATOR));
    const open = { requiresCustomer: false, protected: false };
    const bare = {
      sku: 'cup',
      onHand: 0,
      reserved: 0,
      committed: 0,
      sold: 0,
      backordered: 0,
      available: 0,
      safetyStock: 0,
      updatedAt: START,
      ...open,
    };
    expect(await define({})).toEqual({ ...bare, version: 1 });
    const all = { title: 'Cup', unitPrice: EUR(5), safetyStock: 2, limitPerCustomer: 3 };
    expect(await define(all)).toEqual({ ...bare, ...all, version: 2 });
    expect(await define({ safetyStock: 1 })).toEqual({ ...bare, ...all, safetyStock: 1, version: 3 });
    expect(await define({ title: null, unitPrice: null, limitPerCustomer: null })).toEqual({
      ...bare,
      safetyStock: 1,
      version: 4,
    });
  });

  test('receives, adjusts and counts units on hand, and records each with its reason in the history', async () => {
    await using shop = await openShopWith(engine);
    const { stock } = shop.holdfast;
    await shop.supply('cup', { safetyStock: 2 });
    const level = async (answer: Promise<unknown>) => ((await answer) as { value: { onHand: number } }).value.onHand;
    expect(await level(stock.receive({ sku: 'cup', quantity: 9, reference: 'PO-7' }, OPERATOR))).toBe(9);
    expect(await level(stock.adjust({ sku: 'cup', delta: -2, reason: 'broken' }, OPERATOR))).toBe(7);
    expect(await level(stock.count({ sku: 'cup', onHand: 8, expectedOnHand: 7 }, OPERATOR))).toBe(8);
    expect(no(await stock.count({ sku: 'cup', onHand: 9, expectedOnHand: 7 }, OPERATOR))).toEqual({
      reason: 'count_mismatch',
      meta: { onHand: 8, reserved: 0, committed: 0 },
    });
    expect(await shop.units('cup')).toEqual([8, 0, 6]);
    const { movements } = yes(await stock.history({ sku: 'cup' }));
    expect(movements).toMatchObject([
      { kind: 'counted', quantity: 1, cause: { by: 'operator' }, onHand: { before: 7, after: 8 } },
      { kind: 'adjusted', quantity: -2, cause: { by: 'operator', reason: 'broken' } },
      { kind: 'received', quantity: 9, cause: { by: 'operator', reference: 'PO-7' }, movementId: 'mov_2-0' },
    ]);
  });

  test('refuses unknown SKUs and values out of bounds', async () => {
    await using shop = await openShopWith(engine);
    const { stock } = shop.holdfast;
    const unknown = { reason: 'unknown_sku', meta: { sku: 'none' } };
    expect(no(await stock.level({ sku: 'none' }))).toEqual(unknown);
    expect(no(await stock.history({ sku: 'none' }))).toEqual(unknown);
    expect(no(await stock.receive({ sku: 'none', quantity: 1 }, OPERATOR))).toEqual(unknown);
    await shop.supply('cup', { units: 1 });
    expect(no(await stock.receive({ sku: 'cup', quantity: 10 ** 12 }, OPERATOR)).reason).toBe('stock_overflow');
    expect(no(await stock.receive({ sku: 'cup', quantity: 0.5 }, OPERATOR)).reason).toBe('invalid_input');
  });

  test('returns availability in the requested order, at most 250 ms old, by one read for concurrent requests', async () => {
    await using shop = await openShopWith(engine);
    for (const [sku, units] of Object.entries({ many: 100, six: 6, five: 5, none: 0 }))
      await shop.supply(sku, { units });
    let reads = 0;
    const hooks: Hooks = {
      afterRead: async (requests) => {
        reads += requests.length;
      },
    };
    const counted = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const skus = ['none', 'many', 'ghost', 'five', 'six', 'many'];
    const request = async () => yes(await counted.stock.availability({ skus }));
    const answers = await Promise.all(Array.from({ length: 20 }, request));
    expect(answers[19]).toEqual([
      { sku: 'none', available: 0, status: 'out_of_stock' },
      { sku: 'many', available: 100, status: 'in_stock' },
      { sku: 'ghost', available: 0, status: 'unknown' },
      { sku: 'five', available: 5, status: 'low' },
      { sku: 'six', available: 6, status: 'in_stock' },
      { sku: 'many', available: 100, status: 'in_stock' },
    ]);
    // One read of stock, one that checks whether SKUs without stock are archived, and the first of the locations.
    expect(reads).toBe(3);
  });

  test('pages through lists without gaps or repetitions', async () => {
    await using shop = await openShopWith(engine);
    const skus = Array.from({ length: 7 }, (_, index) => `s${index}`);
    for (const sku of skus) await shop.supply(sku, { units: 9 });
    for (const sku of skus) yes(await shop.holdfast.stock.adjust({ sku, delta: -1, reason: 'x' }, OPERATOR));
    const { stock, holds, orders, carts, checkout } = shop.holdfast;
    const list = await walk(async (cursor) => yes(await stock.list({ limit: 3, cursor })));
    expect(list.map((page) => page.map(({ sku }) => sku))).toEqual([skus.slice(0, 3), skus.slice(3, 6), skus.slice(6)]);
    const moves = await walk(async (cursor) => {
      const { movements, nextCursor } = yes(await stock.history({ sku: 's0', limit: 1, cursor }));
      return nextCursor === undefined ? { items: movements } : { items: movements, nextCursor };
    });
    expect(moves.map((page) => page.map(({ kind }) => kind))).toEqual([['adjusted'], ['received']]);
    for (const sku of skus) yes(await carts.add({ sku, quantity: 1 }, shopper(sku)()));
    const held = await walk(async (cursor) => yes(await holds.list({ limit: 2, cursor })));
    expect(held.map((page) => page.length)).toEqual([2, 2, 2, 1]);
    expect(held.flat().map(({ sku }) => sku)).toEqual(skus);
    expect(yes(await holds.list({ sku: 's3' })).items).toMatchObject([{ sku: 's3', owner: 'cart:crt_s3' }]);
    for (const sku of skus) yes(await checkout.place({}, shopper(sku)('pay')));
    const placed = await walk(async (cursor) => yes(await orders.list({ limit: 4, cursor })));
    expect(placed.map((page) => page.length)).toEqual([4, 3]);
    expect(new Set(placed.flat().map(({ orderId }) => orderId)).size).toBe(7);
    const ids = placed.flat().map(({ orderId }) => orderId);
    expect(yes(await orders.list({ status: 'placed' })).items.map(({ orderId }) => orderId)).toEqual(ids);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(yes(await orders.list({ status: 'cancelled' })).items).toEqual([]);
  });

  test('omits overdue holds from holds.list', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 9 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 1 }, shopper('ann')()));
    shop.clock.now = lines[0]!.expiresAt;
    expect(yes(await shop.holdfast.holds.list({})).items).toEqual([]);
  });

  test.each([
    ['garbage', 'x'],
    ['of another list', Buffer.from('["orders","",""]').toString('base64url')],
    ['of the wrong shape', Buffer.from('["stock",1]').toString('base64url')],
    ['with a bad SKU', Buffer.from('["stock"," a"]').toString('base64url')],
    ['no list', Buffer.from('{}').toString('base64url')],
  ])('refuses a cursor that is %s', async (_name, cursor) => {
    await using shop = await openShopWith(engine);
    expect(no(await shop.holdfast.stock.list({ cursor })).reason).toBe('invalid_input');
    expect(no(await shop.holdfast.holds.list({ cursor })).reason).toBe('invalid_input');
    expect(no(await shop.holdfast.stock.history({ sku: 'a', cursor })).reason).toBe('invalid_input');
    for (const limit of [0, 501, 1.5])
      expect(no(await shop.holdfast.orders.list({ limit })).reason).toBe('invalid_input');
  });

  test('shows an order to its session and to the operator; for others it is unknown', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 9, unitPrice: EUR(5) });
    const [ann, bob] = [shopper('ann'), shopper('bob')];
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, ann()));
    const contact = { name: 'Ann', email: 'ann@example.com' };
    const order = yes(await shop.holdfast.checkout.place({ contact }, ann('pay')));
    const { orderId } = order;
    expect(order).toEqual({
      orderId: expect.stringMatching(/^ord_[-\w]{19}$/) as unknown,
      status: 'placed',
      createdAt: START,
      contact,
      total: EUR(10),
      lines: [{ sku: 'cup', quantity: 2, returned: 0, unitPrice: EUR(5) }],
    });
    expect(yes(await shop.holdfast.orders.get({ orderId }, ann()))).toEqual(order);
    expect(yes(await shop.holdfast.orders.get({ orderId }, OPERATOR))).toEqual(order);
    const unknown = { reason: 'unknown_order', meta: { orderId } };
    expect(no(await shop.holdfast.orders.get({ orderId }, bob()))).toEqual(unknown);
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'cup' }));
    expect(movements[0]).toMatchObject({ kind: 'consumed', orderId, quantity: 2, cause: { by: 'hash-of-ann' } });
  });

  test('an event has the settings that were before, also if another process changes them at the same time', async () => {
    await using shop = await openShopWith(engine);
    const other = shop.holdfast;
    let isLate = true;
    const hooks: Hooks = {
      afterRead: async (requests) => {
        if (!isLate || !requests.some(({ skus }) => skus?.length)) return;
        isLate = false;
        yes(await other.stock.define({ sku: 'tea', title: 'Green', unitPrice: EUR(700) }, OPERATOR));
      },
    };
    const slow = await shop.another(engine, {
      store: hookedStore(shop.store, hooks),
      now: () => shop.clock.now + 1_000,
    });
    // The SKU does not exist when the slow process reads it.
    yes(await slow.stock.define({ sku: 'tea', unitPrice: EUR(800) }, OPERATOR));
    isLate = true;
    yes(await other.stock.define({ sku: 'tea', title: 'Black' }, OPERATOR));
    yes(await slow.stock.define({ sku: 'tea', title: 'Black', unitPrice: EUR(900) }, OPERATOR));
    const { items } = yes(await other.events.list({}));
    const changes = items.map(({ before, after }) => ({ before, after }));
    for (const [before, after] of [
      [undefined, { title: 'Green', unitPrice: EUR(700) }],
      [{ unitPrice: EUR(700) }, { unitPrice: EUR(800) }],
      [{ title: 'Green' }, { title: 'Black' }],
      [
        { title: 'Black', unitPrice: EUR(800) },
        { title: 'Green', unitPrice: EUR(700) },
      ],
      [
        { title: 'Green', unitPrice: EUR(700) },
        { title: 'Black', unitPrice: EUR(900) },
      ],
    ]) {
      const event = { before: before && { sku: 'tea', ...before }, after: { sku: 'tea', ...after } };
      expect(changes).toContainEqual(event);
    }
    expect(changes).toHaveLength(5);
  });

  test('reserves holds outside carts: best effort, deadlines, bounds', async () => {
    await using shop: Shop = await openShopWith(engine);
    await shop.supply('cup', { units: 5 });
    const { inventory } = shop.holdfast;
    const most = yes(
      await inventory.reserve({ sku: 'cup', quantity: 9, mode: 'best_effort', reference: 'r' }, OPERATOR),
    );
    expect(most).toMatchObject({ quantity: 5, state: 'held', owner: 'detached:r' });
    expect(yes(await shop.holdfast.holds.list({ sku: 'cup' })).items).toEqual([most]);
    const tooLong = { sku: 'cup', quantity: 1, reference: 'r', ttlMs: 7_200_001 };
    expect(no(await inventory.reserve(tooLong, OPERATOR)).reason).toBe('invalid_input');
    expect(no(await inventory.reserve({ sku: 'cup', quantity: 1, reference: 'a b' }, OPERATOR)).reason).toBe(
      'invalid_input',
    );
    expect(no(await inventory.release({ holdId: 'none' }, OPERATOR)).reason).toBe('unknown_hold');
    shop.clock.now = most.expiresAt;
    expect(no(await inventory.consume({ holdId: most.holdId }, OPERATOR))).toEqual({
      reason: 'hold_not_active',
      meta: { holdId: most.holdId, state: 'expired' },
    });
    expect(await shop.units('cup')).toEqual([5, 0, 5]);
  });
});
