import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import type { Result } from '../../src/contract/calls/call.ts';
import { type MemoryStore, openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { engines } from '../support/engines.ts';
import { audited, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { configure, receive, START, transaction } from '../support/transactions.ts';

/** Repeatable random numbers of a linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

const DAY_MS = 86_400_000;
const SKUS = ['s0', 's1', 's2', 's3', 's4'];

/** Performs one random call of one of 30 shoppers or of the operator. */
function act(holdfast: Holdfast, roll: (sides: number) => number): Promise<Result<unknown>> {
  const { carts, checkout, inventory, stock } = holdfast;
  const name = `b${roll(30)}`;
  const call = shopper(name);
  const sku = SKUS[roll(SKUS.length)]!;
  switch (roll(10)) {
    case 0:
      return carts.remove({ sku }, call());
    case 1:
      return carts.empty({}, call());
    case 2:
      return carts.setQuantity({ sku, quantity: roll(4) }, call());
    case 3:
      return checkout.place({}, call(`k${roll(1_000_000)}`));
    case 4:
      return carts.deleteLine(`crt_${name}`, sku);
    case 5:
      return stock.receive({ sku, quantity: 1 + roll(5) }, OPERATOR);
    case 6:
      return inventory.reserve({ sku, quantity: 1, reference: `r${roll(9)}`, ttlMs: 1 + roll(60_000) }, OPERATOR);
    default:
      return carts.add({ sku, quantity: 1 + roll(3), mode: 'best_effort' }, call());
  }
}

/** More than two pages of a scan. */
const MORE_SKUS = 1_100;
const STEPS = ['stock', 'holds', 'documents'];
const byStep = (a = '', b = ''): number => STEPS.indexOf(a) - STEPS.indexOf(b);

const NOTHING_MOVED = {
  received: 0,
  sold: 0,
  returned: 0,
  dispatched: 0,
  restocked: 0,
  adjusted: 0,
  counted: 0,
};

describe.each(engines)('the audit on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('reports its steps while it runs, and how far each of them is', async () => {
    await using shop = await openShopWith(engine, {});
    const more = Array.from({ length: MORE_SKUS }, (_, index) => configure(`more-${index}`));
    await shop.store.apply([transaction('more', more)]);
    await shop.supply('fan', { units: 3 });
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, shopper('ann')()));
    const seen: string[] = [];
    const store = new Proxy(shop.store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...input: unknown[]): unknown => {
          const { step, done = 0, of } = observed.stats().runningAudit ?? {};
          if (name === 'scan' || name === 'feed') seen.push(`${String(name)}: ${step} ${done}/${of ?? '?'}`);
          return Reflect.apply(member, target, input);
        };
      },
    });
    const observed = createHoldfast({ store });
    expect(observed.stats().runningAudit).toBeNull();
    yes(await observed.audit());
    expect(observed.stats().runningAudit).toBeNull();
    const { sequence } = (await shop.store.read([{}]))[0]!;
    expect(seen.findLast((line) => line.startsWith('feed: ledger'))).toBe(`feed: ledger ${sequence}/${sequence}`);
    const scans = seen.filter((line) => line.startsWith('scan'));
    expect(scans.map((line) => line.split(' ')[1])).toEqual(scans.map((line) => line.split(' ')[1]).toSorted(byStep));
    expect(scans).toEqual(expect.arrayContaining(['scan: stock 0/?', 'scan: holds 0/?', 'scan: documents 0/?']));
    // The third page is requested when the first was compared.
    const [first, of] =
      /^scan: stock (\d+)\/(\d+)$/
        .exec(scans[2] ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    expect(of).toBe(MORE_SKUS + 1);
    expect([Number(first) > 0, Number(first) < MORE_SKUS]).toEqual([true, true]);
  });

  test('finds an empty shop sound', async () => {
    await using shop = await openShopWith(engine);
    expect(await audited(shop.holdfast)).toEqual({
      ok: true,
      checkedAt: START,
      skus: 0,
      liveHolds: 0,
      totals: { onHand: 0, reserved: 0, committed: 0, available: 0, ...NOTHING_MOVED },
      violations: [],
    });
  });

  test('returns the totals of the shop', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 10, safetyStock: 3 });
    await shop.supply('mug', { units: 5 });
    await shop.supply('bare');
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 4 }, shopper('ann')()));
    yes(await shop.holdfast.checkout.place({}, shopper('ann')('pay')));
    yes(await shop.holdfast.carts.add({ sku: 'mug', quantity: 2 }, shopper('ann')()));
    yes(await shop.holdfast.stock.adjust({ sku: 'mug', delta: -1, reason: 'broken' }, OPERATOR));
    expect(await audited(shop.holdfast)).toMatchObject({
      ok: true,
      skus: 3,
      liveHolds: 1,
      totals: { onHand: 10, reserved: 2, committed: 0, available: 5, received: 15, sold: 4, returned: 0 },
    });
  });

  test('the totals of the ledger add up to the units on hand, also after a checkpoint', async () => {
    await using shop = await openShopWith(engine, { settings: { ledgerRetentionMs: DAY_MS, sellAt: 'dispatch' } });
    const { stock, carts, checkout, orders } = shop.holdfast;
    await shop.supply('cup', { units: 20 });
    yes(await carts.add({ sku: 'cup', quantity: 6 }, shopper('ann')()));
    const { orderId } = yes(await checkout.place({}, shopper('ann')('pay')));
    yes(await orders.fulfil({ orderId, lines: [{ sku: 'cup', quantity: 5 }] }, OPERATOR));
    const back = { orderId, reason: 'returned' };
    const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });
    yes(await orders.return({ ...back, lines: [{ sku: 'cup', quantity: 2 }], restock: true }, keyed('r1')));
    yes(await orders.return({ ...back, lines: [{ sku: 'cup', quantity: 1 }], restock: false }, keyed('r2')));
    yes(await stock.adjust({ sku: 'cup', delta: -3, reason: 'broken' }, OPERATOR));
    yes(await stock.count({ sku: 'cup', onHand: 12 }, OPERATOR));
    const ledger = { received: 20, sold: 6, returned: 3, dispatched: 5, restocked: 2, adjusted: -3, counted: -2 };
    expect((await shop.soundAudit()).totals).toMatchObject({ onHand: 12, committed: 1, ...ledger });
    shop.clock.now += 2 * DAY_MS;
    await shop.supply('late', { units: 1 });
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    expect((await shop.soundAudit()).totals).toMatchObject({ onHand: 13, ...ledger, received: 21 });
  });

  test('the totals add up after a checkpoint of a version that had fewer of them', async () => {
    await using shop = await openShopWith(engine, { settings: { ledgerRetentionMs: DAY_MS } });
    await shop.supply('cup', { units: 20 });
    yes(await shop.holdfast.stock.adjust({ sku: 'cup', delta: -3, reason: 'broken' }, OPERATOR));
    shop.clock.now += 2 * DAY_MS;
    await shop.supply('late', { units: 1 });
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    const [view] = await shop.store.read([{ documents: ['checkpoint:ledger'] }]);
    const { totals, ...head } = JSON.parse(view!.documents[0]!.record.body) as { totals: Record<string, number> };
    const { received, sold, returned } = totals;
    const body = JSON.stringify({ ...head, totals: { received, sold, returned } });
    const put = { kind: 'put', key: 'checkpoint:ledger', expect: 'present', body } as const;
    await shop.store.apply([transaction('old', [put])]);
    const moved = { received: 21, dispatched: 0, restocked: 0, adjusted: -3, counted: 0 };
    expect((await shop.soundAudit()).totals).toMatchObject({ onHand: 18, ...moved });
  });

  test('returns exact totals beyond 2^53 as decimal digits, also after a checkpoint', async () => {
    const settings = { ledgerRetentionMs: DAY_MS };
    await using shop = await openShopWith(engine, { settings });
    // 9,008 SKUs of 10^12 units exceed 2^53, so that rounding would lose the odd unit.
    const units = 1_000_000_000_000;
    for (let from = 0; from < 9_008; from += 2_252) {
      const skus = Array.from({ length: 2_252 }, (_, index) => `s${from + index}`);
      const steps = skus.flatMap((sku) => [configure(sku), receive(sku, units)]);
      expect((await shop.store.apply([transaction(`t${from}`, steps)])).answers).toMatchObject([{ status: 'applied' }]);
    }
    await shop.supply('odd', { units: 1 });
    const totals = { onHand: '9008000000000001', received: '9008000000000001', available: '9008000000000001' };
    expect(await shop.soundAudit()).toMatchObject({ totals: { ...totals, reserved: 0, sold: 0, returned: 0 } });
    shop.clock.now += 2 * DAY_MS;
    await shop.supply('late', { units: 1 });
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    expect((await shop.soundAudit()).totals).toMatchObject({ received: '9008000000000002', sold: 0 });
  });

  test.each([1, 2, 3])('finds no violation during traffic and expiries (seed %i)', async (seed) => {
    await using shop = await openShopWith(engine, { settings: { holdTtlMs: 2_000, cartTtlMs: 5_000 } });
    const other = await shop.another(engine, { settings: { holdTtlMs: 2_000, cartTtlMs: 5_000 } });
    for (const sku of SKUS) await shop.supply(sku, { units: 20 });
    const roll = dice(seed);
    const traffic = new AbortController();
    const shoppers = Array.from({ length: 8 }, async (_, index) => {
      for (let turn = 0; !traffic.signal.aborted; turn += 1) {
        await act(index % 2 === 0 ? shop.holdfast : other, roll);
        if (index === 0) shop.clock.now += roll(40);
        if (index === 1 && turn % 50 === 0) await other.expiry.sweepNow();
      }
    });
    try {
      // Even fast audits must have overlapped with sales.
      for (let round = 0, sold = 0; round < 12 || sold === 0; round += 1) {
        const [one, two] = await Promise.all([audited(shop.holdfast), audited(other)]);
        expect([one.violations, two.violations]).toEqual([[], []]);
        sold = Number(one.totals.sold);
      }
    } finally {
      traffic.abort();
      await Promise.all(shoppers);
    }
    await shop.supply('kept', { units: 1 });
    yes(await shop.holdfast.carts.add({ sku: 'kept', quantity: 1 }, shopper('ann')()));
    await shop.holdfast.expiry.sweepNow();
    const { totals, liveHolds } = await shop.soundAudit();
    expect(liveHolds).toBeGreaterThan(0);
    expect(Number(totals.onHand) + Number(totals.sold)).toBe(totals.received);
    expect(totals.sold).toBeGreaterThan(0);
  });
});

/** Deliberate damage, on the only store whose records a test can change. */
describe('violations that the audit finds', () => {
  const filled = async (): Promise<{ store: MemoryStore; holdfast: Holdfast; holdId: string; orderKey: string }> => {
    const store = openMemoryStore({ shop: 'test', clock: () => START });
    const holdfast = createHoldfast({ store, settings: { sellAt: 'sale' } });
    for (const sku of ['cup', 'mug']) {
      yes(await holdfast.stock.define({ sku }, OPERATOR));
      yes(await holdfast.stock.receive({ sku, quantity: 10 }, OPERATOR));
    }
    yes(await holdfast.carts.add({ sku: 'cup', quantity: 2 }, shopper('bob')()));
    const { orderId } = yes(await holdfast.checkout.place({}, shopper('bob')('pay')));
    const { lines } = yes(await holdfast.carts.add({ sku: 'cup', quantity: 4 }, shopper('ann')()));
    expect((await audited(holdfast)).violations).toEqual([]);
    return { store, holdfast, holdId: lines[0]!.holdId, orderKey: `order:${orderId}` };
  };

  type Filled = Awaited<ReturnType<typeof filled>>;
  const change = <V extends object>(table: Map<string, V>, key: string, fields: Partial<V>) =>
    table.set(key, { ...table.get(key)!, ...fields });
  const dropEntry = ({ store }: Filled, kind: string) => {
    const { ledgerAt } = store.tables;
    ledgerAt.delete([...ledgerAt.values()].find((entry) => entry.kind === kind)!.id);
  };

  const damage: [string, (shop: Filled) => void, string[]][] = [
    [
      'units on hand without a movement',
      ({ store }) => change(store.tables.stocks, 'cup', { onHand: 99 }),
      ['on_hand_is_ledger'],
    ],
    [
      'reserved units without a hold',
      ({ store }) => change(store.tables.stocks, 'cup', { reserved: 5 }),
      ['reserved_is_sum_of_holds', 'reserved_is_ledger'],
    ],
    [
      'a counter below zero',
      ({ store }) => change(store.tables.stocks, 'mug', { reserved: -1 }),
      ['counter_below_zero'],
    ],
    [
      'more reserved than on hand',
      ({ store }) => change(store.tables.stocks, 'mug', { reserved: 11 }),
      ['reserved_above_on_hand'],
    ],
    ['sold units without an order', ({ store }) => change(store.tables.stocks, 'cup', { sold: 3 }), ['sold_is_ledger']],
    [
      'a SKU without its last movement',
      ({ store }) => change(store.tables.stocks, 'cup', { lastMovement: null }),
      ['history_is_ledger'],
    ],
    ['a missing SKU', ({ store }) => store.tables.stocks.delete('mug'), ['stock_missing']],
    ['a missing hold', ({ store, holdId }) => store.tables.liveHolds.delete(holdId), ['hold_missing']],
    [
      'a hold with another quantity',
      ({ store, holdId }) => change(store.tables.liveHolds, holdId, { quantity: 5 }),
      ['hold_is_ledger'],
    ],
    [
      'a hold with another owner',
      ({ store, holdId }) => change(store.tables.liveHolds, holdId, { owner: 'cart:x' }),
      ['hold_is_ledger'],
    ],
    [
      'a hold that no movement reserved',
      ({ store, holdId }) =>
        store.tables.liveHolds.set('hld_x', { ...store.tables.liveHolds.get(holdId)!, holdId: 'hld_x' }),
      ['hold_is_ledger'],
    ],
    ['a missing cart', ({ store }) => store.tables.documents.delete('cart:crt_ann'), ['hold_has_its_cart']],
    [
      'a cart without its line',
      ({ store }) => change(store.tables.documents, 'cart:crt_ann', { holds: [], body: '{"lines":[],"lost":[]}' }),
      ['hold_has_its_cart'],
    ],
    [
      'a line without its hold',
      ({ store }) => change(store.tables.documents, 'cart:crt_ann', { holds: ['hld_none'] }),
      ['line_has_its_hold', 'hold_has_its_cart'],
    ],
    [
      'a cart that cannot be read',
      ({ store }) => change(store.tables.documents, 'cart:crt_ann', { body: '?' }),
      ['document_unreadable'],
    ],
    ['a missing order', ({ store, orderKey }) => store.tables.documents.delete(orderKey), ['order_missing']],
    [
      'an order in another list',
      ({ store, orderKey }) => change(store.tables.documents, orderKey, { list: 'expired' }),
      ['order_is_ledger'],
    ],
    [
      'an order of more units than were sold',
      ({ store, orderKey }) => {
        const body = store.tables.documents.get(orderKey)!.body.replace('"quantity":2', '"quantity":3');
        change(store.tables.documents, orderKey, { body });
      },
      ['order_is_ledger'],
    ],
    ['a sale that is missing from the ledger', (shop) => dropEntry(shop, 'consumed'), ['ledger_chain']],
    [
      'a reservation that is missing from the ledger',
      (shop) => dropEntry(shop, 'reserved'),
      ['ledger_chain', 'ledger_hold'],
    ],
    [
      'a ledger line with a wrong sum',
      ({ store }) => {
        const entry = [...store.tables.ledgerAt.values()].find(({ kind }) => kind === 'received')!;
        store.tables.ledgerAt.set(entry.id, { ...entry, quantity: 11 } as typeof entry);
      },
      ['ledger_arithmetic'],
    ],
  ];

  test.each(damage)('%s', async (_name, spoil, rules) => {
    const shop = await filled();
    spoil(shop);
    const audit = await audited(shop.holdfast);
    expect(audit.ok).toBe(false);
    expect(audit.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(rules));
    for (const { found, expected } of audit.violations) expect(found).not.toBe(expected);
  });

  test('limits the number of violations', async () => {
    const { store, holdfast } = await filled();
    const [cup] = store.tables.stocks.values();
    for (let index = 0; index < 1_500; index += 1) store.tables.stocks.set(`x${index}`, { ...cup!, sku: `x${index}` });
    const audit = await audited(holdfast);
    expect(audit.violations).toHaveLength(1_000);
  });

  test('does not block the event loop', async () => {
    const store = openMemoryStore({ shop: 'test', clock: () => START });
    const holdfast = createHoldfast({ store, settings: { sellAt: 'sale' } });
    yes(await holdfast.stock.define({ sku: 'cup' }, OPERATOR));
    for (let index = 0; index < 30; index += 1) {
      const receive = () => holdfast.stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR);
      await Promise.all(Array.from({ length: 500 }, receive));
    }
    let turns = 0;
    // Turns of the event loop, and not ticks of a timer, of which a faster audit has fewer.
    let next = setImmediate(function turn() {
      turns += 1;
      next = setImmediate(turn);
    });
    await audited(holdfast);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(10);
  });

  test('shares the next audit among calls during an audit', async () => {
    const { holdfast } = await filled();
    const running = audited(holdfast);
    await Promise.resolve();
    const [second, third] = [audited(holdfast), audited(holdfast)];
    expect(await second).toBe(await third);
    expect(await running).toEqual(await second);
  });
});
