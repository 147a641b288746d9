import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { updatesOf } from '../../src/shop/watch/update-stream.ts';
import { engines } from '../support/engines.ts';
import { audited, no, OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';
import { release, reserve, transaction } from '../support/transactions.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const reason = 'r';
const tea = { sku: 'tea' };

describe.each(engines)('stock by location on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** Tea at `main` (5), `berlin` (7, priority 1, of which 1 is safety stock) and `attic` (4, which does not sell). */
  const open = async (options: Parameters<typeof openShopWith>[1] = {}): Promise<Shop> => {
    const shop = await openShopWith(engine, options);
    const { stock, locations } = shop.holdfast;
    await shop.supply('tea', { units: 5, unitPrice: EUR(450), limitPerCustomer: 9 });
    yes(await locations.define({ id: 'berlin', priority: 1, channels: ['web'] }, OPERATOR));
    yes(await locations.define({ id: 'attic', active: false }, OPERATOR));
    yes(await stock.receive({ ...tea, quantity: 7, location: 'berlin' }, OPERATOR));
    yes(await stock.receive({ ...tea, quantity: 4, location: 'attic' }, OPERATOR));
    yes(await stock.define({ ...tea, safetyStock: 1, location: 'berlin' }, OPERATOR));
    return shop;
  };

  const hold = async ({ store }: Shop, id: string, key: string, units: number): Promise<void> => {
    const made = transaction(id, [reserve(`hld_${id}`, key, units, { owner: `detached:${id}` })]);
    expect((await store.apply([made])).answers[0]?.status).toBe('applied');
  };

  test('a level has the sums, and each location that has had the SKU', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    await hold(shop, 'one', 'tea@berlin', 2);
    const level = yes(await stock.level(tea));
    expect(level).toMatchObject({ ...tea, onHand: 16, reserved: 2, committed: 0, safetyStock: 1, available: 9 });
    expect(level.locations).toEqual([
      {
        location: 'berlin',
        onHand: 7,
        reserved: 2,
        committed: 0,
        sold: 0,
        backordered: 0,
        safetyStock: 1,
        available: 4,
        version: level.version,
      },
      expect.objectContaining({ location: 'attic', onHand: 4, available: 0 }),
      expect.objectContaining({ location: 'main', onHand: 5, available: 5 }),
    ]);
    const berlin = yes(await stock.level({ ...tea, location: 'berlin' }));
    expect(berlin).toMatchObject({ ...tea, location: 'berlin', onHand: 7, available: 4, unitPrice: EUR(450) });
    expect(berlin).not.toHaveProperty('locations');
    expect(yes(await stock.list({})).items).toEqual([level]);
    // Overdue holds do not count.
    shop.clock.now += 60_001;
    expect(yes(await stock.level(tea))).toMatchObject({ reserved: 0, available: 11 });
    await shop.soundAudit();
  });

  test('each change is of one location, and main without a name', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    const berlin = { ...tea, location: 'berlin' };
    yes(await stock.adjust({ ...berlin, delta: -2, reason }, OPERATOR));
    yes(await stock.count({ ...berlin, onHand: 6, expectedOnHand: 5 }, OPERATOR));
    expect(yes(await stock.writeOff({ ...berlin, quantity: 2, reason, takeFrom: 'available' }, OPERATOR)).onHand).toBe(
      13,
    );
    yes(await stock.receive({ ...tea, quantity: 1, location: 'main' }, OPERATOR));
    yes(await stock.receive({ ...tea, quantity: 1 }, OPERATOR));
    const { movements } = yes(await stock.history(berlin));
    expect(movements.map(({ sku, location, kind, quantity }) => [sku, location, kind, quantity])).toEqual([
      ['tea', 'berlin', 'adjusted', -2],
      ['tea', 'berlin', 'counted', 1],
      ['tea', 'berlin', 'adjusted', -2],
      ['tea', 'berlin', 'received', 7],
    ]);
    const pages = yes(await stock.history({ ...berlin, limit: 3 }));
    const rest = yes(await stock.history({ ...berlin, limit: 3, cursor: pages.nextCursor }));
    expect(rest.movements).toEqual(movements.slice(3));
    expect(no(await stock.history({ ...tea, cursor: pages.nextCursor })).reason).toBe('invalid_input');
    const ofMain = yes(await stock.history(tea)).movements;
    expect(ofMain.map(({ location, onHand }) => [location, onHand.after])).toEqual([
      [undefined, 7],
      [undefined, 6],
      [undefined, 5],
    ]);
    await shop.soundAudit();
  });

  test('refusals name the SKU, and unknown locations', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    const nowhere = { location: 'nowhere' };
    const unknown = { reason: 'unknown_location', meta: nowhere };
    for (const refused of [
      stock.receive({ ...tea, ...nowhere, quantity: 1 }, OPERATOR),
      stock.adjust({ ...tea, ...nowhere, delta: 1, reason }, OPERATOR),
      stock.count({ ...tea, ...nowhere, onHand: 1 }, OPERATOR),
      stock.define({ ...tea, ...nowhere }, OPERATOR),
      stock.writeOff({ ...tea, ...nowhere, quantity: 1, reason, takeFrom: 'available' }, OPERATOR),
      stock.level({ ...tea, ...nowhere }),
      stock.history({ ...tea, ...nowhere }),
      stock.availability({ skus: ['tea'], ...nowhere }),
    ])
      expect(no(await refused)).toEqual(unknown);
    const ghost = { sku: 'ghost', location: 'berlin' };
    expect(no(await stock.receive({ ...ghost, quantity: 1 }, OPERATOR))).toEqual({
      reason: 'unknown_sku',
      meta: { sku: 'ghost' },
    });
    const berlin = { ...tea, location: 'berlin' };
    expect(no(await stock.receive({ ...berlin, quantity: 1_000_000_000_000 }, OPERATOR))).toEqual({
      reason: 'stock_overflow',
      meta: tea,
    });
    expect(no(await stock.adjust({ ...berlin, delta: -8, reason }, OPERATOR))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 7, reserved: 0, committed: 0 },
    });
    expect(no(await stock.level(ghost))).toEqual({ reason: 'unknown_sku', meta: { sku: 'ghost' } });
  });

  test('settings are those of all locations, except for the safety stock', async () => {
    await using shop = await open();
    const { stock, events } = shop.holdfast;
    yes(await stock.define({ ...tea, title: 'Tea', safetyStock: 2, protected: true }, OPERATOR));
    yes(await stock.define({ sku: 'pot', title: 'Pot', safetyStock: 3, location: 'berlin' }, OPERATOR));
    const [view] = await shop.store.read([
      { skus: ['tea', 'tea@berlin', 'tea@attic', 'pot', 'pot@berlin', 'pot@attic'] },
    ]);
    expect(view?.stock.map((record) => record && [record.title, record.safetyStock, record.limitPerCustomer])).toEqual([
      ['Tea', 2, 9],
      ['Tea', 1, 9],
      ['Tea', 0, 9],
      ['Pot', 0, null],
      ['Pot', 3, null],
      null,
    ]);
    const { items } = yes(await events.list({ limit: 4 }));
    expect(items.map(({ before, after }) => [before, after])).toEqual([
      [undefined, { sku: 'pot', location: 'berlin', safetyStock: 3 }],
      [undefined, { sku: 'pot', title: 'Pot' }],
      [
        { sku: 'tea', title: null, safetyStock: 0, protected: false },
        { sku: 'tea', title: 'Tea', safetyStock: 2, protected: true },
      ],
      [
        { sku: 'tea', location: 'berlin', safetyStock: 0 },
        { sku: 'tea', location: 'berlin', safetyStock: 1 },
      ],
    ]);
  });

  test('settings and the first receipt at a location, at once in two processes, leave equal settings everywhere', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    const skus = Array.from({ length: 40 }, (_, each) => `sku-${each}`);
    for (const sku of skus) await shop.supply(sku);
    yes(await other.stock.level(tea));
    const changed = await Promise.all(
      skus.flatMap((sku, each) => {
        // Either of them comes first for some of the SKUs.
        const [one, two] = each % 2 === 0 ? [shop.holdfast, other] : [other, shop.holdfast];
        return [
          two.stock.receive({ sku, quantity: 1, location: 'berlin' }, OPERATOR),
          one.stock.define({ sku, title: 'New', requiresCustomer: true }, OPERATOR),
          two.stock.define({ sku, safetyStock: 1, location: 'attic' }, OPERATOR),
        ];
      }),
    );
    expect(changed.filter(({ ok }) => !ok)).toEqual([]);
    const [view] = await shop.store.read([{ skus: skus.flatMap((sku) => [sku, `${sku}@berlin`, `${sku}@attic`]) }]);
    expect(new Set(view?.stock.map((record) => record?.title))).toEqual(new Set(['New']));
    expect(new Set(view?.stock.map((record) => record?.requiresCustomer))).toEqual(new Set([true]));
    await shop.soundAudit();
  });

  test('a location that another process has just defined is known', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    expect(yes(await other.stock.level(tea)).onHand).toBe(16);
    yes(await shop.holdfast.locations.define({ id: 'vienna' }, OPERATOR));
    // The embedded and the memory store have one process, which the test imitates by another set of services.
    if (!engine.multiProcess) return;
    yes(await shop.holdfast.stock.receive({ ...tea, quantity: 3, location: 'vienna' }, OPERATOR));
    expect(yes(await other.stock.receive({ ...tea, quantity: 2, location: 'vienna' }, OPERATOR)).onHand).toBe(21);
    yes(await shop.holdfast.locations.define({ id: 'graz' }, OPERATOR));
    yes(await shop.holdfast.stock.receive({ ...tea, quantity: 1, location: 'graz' }, OPERATOR));
    // The list of this process is out of date. The store refuses its first attempt, which would leave out a record.
    yes(await other.stock.define({ ...tea, title: 'Everywhere' }, OPERATOR));
    const [view] = await shop.store.read([{ skus: ['tea@graz'] }]);
    expect(view?.stock[0]?.title).toBe('Everywhere');
  });

  test('availability is by channel and location', async () => {
    await using shop = await open();
    const { stock, locations } = shop.holdfast;
    const units = async (where: object): Promise<[number, string][]> =>
      yes(await stock.availability({ skus: ['tea', 'ghost'], ...where })).map((one) => [one.available, one.status]);
    const ghost = [0, 'unknown'];
    expect(await units({})).toEqual([[11, 'in_stock'], ghost]);
    expect(await units({ channel: 'web' })).toEqual([[11, 'in_stock'], ghost]);
    expect(await units({ channel: 'pos' })).toEqual([[5, 'low'], ghost]);
    expect(await units({ location: 'berlin' })).toEqual([[6, 'in_stock'], ghost]);
    expect(await units({ location: 'berlin', channel: 'pos' })).toEqual([[0, 'out_of_stock'], ghost]);
    expect(await units({ location: 'attic' })).toEqual([[0, 'out_of_stock'], ghost]);
    yes(await locations.define({ id: 'attic', active: true }, OPERATOR));
    expect(await units({})).toEqual([[15, 'in_stock'], ghost]);
  });

  test('an archived SKU is empty everywhere, and comes back with a receipt at any location', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    const listed = async () => yes(await stock.list({})).items.map(({ sku }) => sku);
    yes(await stock.adjust({ ...tea, delta: -5, reason }, OPERATOR));
    yes(await stock.adjust({ ...tea, delta: -4, reason, location: 'attic' }, OPERATOR));
    expect(no(await stock.archive({ ...tea, reason }, OPERATOR))).toMatchObject({
      reason: 'count_mismatch',
      meta: { onHand: 7 },
    });
    yes(await stock.adjust({ ...tea, delta: -7, reason, location: 'berlin' }, OPERATOR));
    yes(await stock.archive({ ...tea, reason }, OPERATOR));
    expect(await listed()).toEqual([]);
    expect(yes(await stock.availability({ skus: ['tea'] }))).toMatchObject([{ status: 'unknown' }]);
    yes(await stock.receive({ ...tea, quantity: 1, location: 'berlin' }, OPERATOR));
    expect(await listed()).toEqual(['tea']);
    yes(await stock.adjust({ ...tea, delta: -1, reason, location: 'berlin' }, OPERATOR));
    expect(await listed()).toEqual(['tea']);
  });

  test('a list has each SKU once, page by page', async () => {
    await using shop = await open();
    const { stock } = shop.holdfast;
    for (const sku of ['tea-2', 'teapot', 'te', 'tea@x.y']) {
      await shop.supply(sku);
      yes(await stock.receive({ sku, quantity: 1, location: 'berlin' }, OPERATOR));
    }
    const found: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
      const page = yes(await stock.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) }));
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map(({ sku }) => sku));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(found).toEqual(['te', 'tea', 'tea-2', 'tea@x.y', 'teapot']);
  });

  test('holds are listed, counted and released at all locations of a SKU', async () => {
    await using shop = await open();
    const { holds } = shop.holdfast;
    for (const [id, key] of [
      ['a', 'tea'],
      ['b', 'tea@berlin'],
      ['c', 'tea@berlin'],
      ['d', 'tea@attic'],
    ] as const)
      await hold(shop, id, key, 1);
    const all: [string, string | undefined][] = [];
    let cursor: string | undefined;
    do {
      const page = yes(await holds.list({ ...tea, limit: 1, ...(cursor === undefined ? {} : { cursor }) }));
      all.push(...page.items.map(({ holdId, location }): [string, string | undefined] => [holdId, location]));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(all).toEqual([
      ['hld_a', undefined],
      ['hld_d', 'attic'],
      ['hld_b', 'berlin'],
      ['hld_c', 'berlin'],
    ]);
    expect(yes(await holds.list({})).items.map(({ sku, location }) => [sku, location])).toEqual(
      all.map(([, location]) => ['tea', location]),
    );
    expect(yes(await holds.top({ ...tea, by: 'session' }))).toMatchObject({ units: 4, holds: 4 });
    expect(yes(await holds.release({ holdId: 'hld_b', reason }, OPERATOR))).toMatchObject({ ...tea, reserved: 3 });
    expect(yes(await holds.releaseWhere({ ...tea, reason }, OPERATOR))).toEqual({ released: 3 });
    await shop.soundAudit();
  });

  test('a watcher and a webhook get the sum of the locations that sell', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await open({ webhooks: { sender: createHttpSender({ allowPrivate: true }) } });
    const { stock, locations, watch, webhooks } = shop.holdfast;
    receiver.secret = yes(await webhooks.create({ url: receiver.url }, OPERATOR)).secret;
    const updates = updatesOf(watch, ['tea']);
    const next = async () => (await updates.next()).value;
    expect(await next()).toMatchObject({ sku: 'tea', available: 11 });
    yes(await locations.define({ id: 'berlin', active: false }, OPERATOR));
    expect(await next()).toMatchObject({ sku: 'tea', available: 5 });
    yes(await locations.define({ id: 'berlin', active: true }, OPERATOR));
    expect(await next()).toMatchObject({ sku: 'tea', available: 11 });
    // Main and berlin are sold out one after the other: one event, after the second.
    yes(await stock.count({ ...tea, onHand: 0 }, OPERATOR));
    yes(await stock.count({ ...tea, onHand: 0, location: 'berlin' }, OPERATOR));
    const { version } = yes(await stock.receive({ ...tea, quantity: 9, location: 'berlin' }, OPERATOR));
    yes(await stock.receive({ ...tea, quantity: 9, location: 'attic' }, OPERATOR));
    await webhooks.deliverNow();
    expect(receiver.received.map(({ payload: { type, data } }) => [type, data['sku'], data['available']])).toEqual([
      ['stock.out', 'tea', 0],
      ['stock.back_in_stock', 'tea', 8],
    ]);
    expect(receiver.received[1]?.payload.data['version']).toBe(version);
    await updates.return();
  });

  test('the audit counts a SKU once, and names a location beside it', async () => {
    await using shop = await open();
    await hold(shop, 'x', 'tea@berlin', 2);
    expect((await shop.soundAudit()).skus).toBe(1);
    expect((await shop.soundAudit()).totals).toMatchObject({ onHand: 16, reserved: 2 });
    // An order's hold without an order.
    const orphan = transaction('orphan', [reserve('hld_o', 'tea@berlin', 1, { owner: 'order:ord_none' })]);
    await shop.store.apply([orphan]);
    const { violations } = await audited(shop.holdfast);
    expect(violations.length).toBeGreaterThan(0);
    for (const violation of violations) expect(violation).toMatchObject({ sku: 'tea', location: 'berlin' });
    await shop.store.apply([transaction('end', [release('hld_o')])]);
    await shop.soundAudit();
  });
});
