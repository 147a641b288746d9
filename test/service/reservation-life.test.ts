import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { holdsOf, keyed, lines, openReservedShop, TTL_MS, unitsOf } from '../support/reserved-shop.ts';
import { audited, no, OPERATOR, type Shop, shopper, yes } from '../support/shop.ts';
import { put, START, transaction } from '../support/transactions.ts';
import type { Step } from '../../src/domain/steps.ts';
import { customerOwner, reservationKey, reservedAsKey } from '../../src/transact/documents/names.ts';

const mugs = (reference: string, quantity: number, ttlMs: number | null = TTL_MS) => ({
  reference,
  lines: lines(['mug', quantity]),
  ttlMs,
});

describe.each(engines)('the life of reservations, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('a reservation expires at its deadline to the millisecond, also while nothing marks it', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, carts } = shop.holdfast;
    const { reservationId } = yes(await reservations.create(mugs('po-1', 10), OPERATOR));
    const pots = yes(await reservations.create({ ...mugs('po-2', 1), lines: lines(['pot', 3]) }, OPERATOR));
    shop.clock.now = START + TTL_MS - 1;
    expect(yes(await reservations.get({ reservationId })).status).toBe('reserved');
    expect(no(await carts.add({ sku: 'mug', quantity: 1 }, shopper('ann')())).reason).toBe('insufficient_stock');
    shop.clock.now = START + TTL_MS;
    const expired = yes(await reservations.get({ reservationId }));
    expect(expired).toMatchObject({ status: 'expired', expiresAt: null, lines: [{ quantity: 10, released: 10 }] });
    expect(expired.lines[0]?.allocations).toEqual([]);
    for (const change of [
      reservations.commit({ reservationId }, OPERATOR),
      reservations.extend({ reservationId, ttlMs: null }, OPERATOR),
      reservations.resize({ reservationId, lines: lines(['cup', 1]) }, OPERATOR),
      reservations.release({ reservationId }, OPERATOR),
    ])
      expect(no(await change)).toEqual({ reason: 'reservation_state', meta: { reservationId, status: 'expired' } });
    // Reservations of one millisecond are listed in any order.
    const ended = yes(await reservations.list({ status: 'expired' })).items.map(({ reference }) => reference);
    expect(ended.toSorted()).toEqual(['po-1', 'po-2']);
    expect(yes(await reservations.list({ status: 'reserved' })).items).toEqual([]);
    yes(await carts.add({ sku: 'mug', quantity: 10 }, shopper('ann')()));
    // Its reference is free again, before and after its record is updated.
    const next = yes(await reservations.create({ ...mugs('po-1', 1), lines: lines(['cup', 1]) }, OPERATOR));
    const moved = yes(await reservations.create({ ...mugs('po-3', 1), lines: lines(['cup', 1]) }, OPERATOR));
    await shop.soundAudit();
    shop.holdfast.expiry.start();
    await expect.poll(() => shop.holdfast.stats().reservationsExpired, { timeout: 10_000, interval: 20 }).toBe(1);
    expect(yes(await reservations.get({ reservationId }))).toEqual({ ...expired, version: expect.any(Number) });
    expect(yes(await reservations.get({ reference: 'po-1' })).reservationId).toBe(next.reservationId);
    expect(yes(await reservations.get({ reference: 'po-2' }))).toMatchObject({
      reservationId: pots.reservationId,
      status: 'expired',
    });
    yes(await reservations.transfer({ reservationId: moved.reservationId, reference: 'po-2' }, OPERATOR));
    expect(yes(await reservations.get({ reference: 'po-2' })).reservationId).toBe(moved.reservationId);
    await shop.soundAudit();
  });

  test('all holds share one deadline, which only becomes later', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const { reservationId } = yes(await reservations.create(mugs('po-1', 2), OPERATOR));
    shop.clock.now += 500;
    yes(await reservations.resize({ reservationId, lines: lines(['cup', 1]) }, OPERATOR));
    const same = yes(await reservations.extend({ reservationId, ttlMs: TTL_MS - 500 }, OPERATOR));
    expect(same.expiresAt).toBe(START + TTL_MS);
    const later = yes(await reservations.extend({ reservationId, ttlMs: 90 * 86_400_000 }, OPERATOR));
    expect(later.expiresAt).toBe(START + 500 + 90 * 86_400_000);
    expect(yes(await reservations.get({ reservationId }))).toEqual(later);
    expect(await holdsOf(shop, reservationId)).toEqual({
      dueAt: later.expiresAt,
      holds: [
        ['mug', 2, 'held', later.expiresAt],
        ['cup', 1, 'held', later.expiresAt],
      ],
    });
    const endless = yes(await reservations.extend({ reservationId, ttlMs: null }, OPERATOR));
    expect(yes(await reservations.get({ reservationId }))).toEqual(endless);
    yes(await reservations.resize({ reservationId, lines: lines(['pot', 1]) }, OPERATOR));
    expect(yes(await reservations.extend({ reservationId, ttlMs: 1 }, OPERATOR)).expiresAt).toBe(null);
    shop.clock.now += 399 * 86_400_000;
    expect(await holdsOf(shop, reservationId)).toEqual({
      dueAt: null,
      holds: [
        ['mug', 2, 'held', null],
        ['cup', 1, 'held', null],
        ['pot', 1, 'held', null],
      ],
    });
    const [hold] = yes(await shop.holdfast.holds.list({ sku: 'pot' })).items;
    expect(hold).toMatchObject({ quantity: 1, expiresAt: null });
    expect(yes(await shop.holdfast.holds.top({ sku: 'pot', by: 'session' }))).toMatchObject({ units: 1, holds: 1 });
    await shop.soundAudit();
  });

  test('two creations with one reference at once: one of them is refused', async () => {
    await using shop = await openReservedShop(engine);
    const other = await shop.another(engine);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? shop.holdfast : other).reservations.create(mugs('po-1', 1), OPERATOR),
      ),
    );
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    for (const result of made) if (!result.ok) expect(result.refusal.reason).toBe('reservation_state');
    expect(await unitsOf(shop, 'mug')).toEqual([10, 1, 0, 9]);
    await shop.soundAudit();
  });

  test('calls that race each other leave a sound shop, and the units of one order of them', async () => {
    await using shop = await openReservedShop(engine);
    const other = await shop.another(engine);
    for (let round = 0; round < 6; round += 1) {
      const { reservations } = shop.holdfast;
      const { reservationId } = yes(await reservations.create(mugs(`po-${round}`, 2), OPERATOR));
      const [committed, resized] = await Promise.all([
        reservations.commit({ reservationId }, OPERATOR),
        other.reservations.resize({ reservationId, lines: lines(['mug', 3]) }, OPERATOR),
      ]);
      expect([committed.ok, resized.ok]).toEqual([true, true]);
      expect((await holdsOf(shop, reservationId)).holds).toEqual([['mug', 3, 'committed', null]]);
      const [sent, released] = await Promise.all([
        reservations.fulfil({ reservationId, lines: lines(['mug', 2]) }, OPERATOR),
        other.reservations.release({ reservationId, lines: lines(['mug', 2]) }, OPERATOR),
      ]);
      expect([sent.ok, released.ok].toSorted()).toEqual([false, true]);
      expect(no(sent.ok ? released : sent)).toEqual({
        reason: 'exceeds_unfulfilled',
        meta: { sku: 'mug', unfulfilled: 1 },
      });
      yes(await reservations.release({ reservationId }, OPERATOR));
      await shop.soundAudit();
      yes(await shop.holdfast.stock.count({ sku: 'mug', onHand: 10 }, OPERATOR));
    }
  });

  test('each change happens once, however often it is repeated with its key', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const twice = async <T>(call: (key: ReturnType<typeof keyed>) => Promise<T>, key: string): Promise<T> => {
      const first = await call(keyed(key));
      expect(await call(keyed(key))).toEqual(first);
      return first;
    };
    const made = yes(await twice((call) => reservations.create(mugs('po-1', 2), call), 'create'));
    const { reservationId } = made;
    yes(await twice((call) => reservations.extend({ reservationId, ttlMs: 90_000 }, call), 'extend'));
    const more = { reservationId, lines: lines(['mug', 6]) };
    yes(await twice((call) => reservations.resize(more, call), 'resize'));
    yes(await twice((call) => reservations.transfer({ reservationId, reference: 'po-2' }, call), 'transfer'));
    yes(await twice((call) => reservations.commit({ reservationId }, call), 'commit'));
    const some = { reservationId, lines: lines(['mug', 2]) };
    yes(await twice((call) => reservations.fulfil(some, call), 'fulfil'));
    yes(await twice((call) => reservations.release(some, call), 'release'));
    expect(await unitsOf(shop, 'mug')).toEqual([8, 0, 2, 6]);
    expect(no(await reservations.fulfil({ ...some, lines: lines(['mug', 1]) }, keyed('fulfil')))).toEqual({
      reason: 'idempotency_mismatch',
      meta: { idempotencyKey: 'fulfil' },
    });
    await shop.soundAudit();
  });

  test('units stay on hand until their dispatch, whatever SELL_AT is', async () => {
    await using shop = await openReservedShop(engine, { sellAt: 'sale' });
    const { reservations } = shop.holdfast;
    const { reservationId } = yes(await reservations.create(mugs('po-1', 2), OPERATOR));
    yes(await reservations.commit({ reservationId }, OPERATOR));
    expect(await unitsOf(shop, 'mug')).toEqual([10, 0, 2, 8]);
    expect(shop.holdfast.stats()).toMatchObject({ holdsSold: 1 });
  });

  test('a write-off takes units of the newest reservations that are not committed', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, stock } = shop.holdfast;
    const kept = yes(await reservations.create(mugs('kept', 4), OPERATOR));
    shop.clock.now += 10;
    const both = { ...mugs('both', 0), lines: lines(['mug', 3], ['cup', 1]) };
    const lost = yes(await reservations.create(both, OPERATOR));
    const all = yes(await reservations.create(mugs('all', 1), OPERATOR));
    yes(await reservations.commit({ reservationId: all.reservationId }, OPERATOR));
    const broken = { sku: 'mug', quantity: 4, reason: 'broken', takeFrom: 'newest_holds' } as const;
    expect(yes(await stock.writeOff(broken, keyed('broken')))).toMatchObject({
      onHand: 6,
      reserved: 4,
      committed: 1,
      endedHolds: [expect.stringMatching(/^hld_/)],
    });
    const { reservationId } = lost;
    expect(yes(await reservations.get({ reservationId }))).toMatchObject({
      status: 'reserved',
      lines: [
        { sku: 'mug', quantity: 3, released: 3 },
        { sku: 'cup', quantity: 1, released: 0 },
      ],
    });
    await shop.soundAudit();
    yes(await stock.writeOff({ ...broken, sku: 'cup', quantity: 5 }, OPERATOR));
    expect(yes(await reservations.get({ reservationId })).status).toBe('released');
    expect(no(await stock.writeOff({ ...broken, quantity: 6 }, OPERATOR)).reason).toBe('below_reserved');
    expect(yes(await reservations.get({ reservationId: kept.reservationId })).status).toBe('reserved');
    yes(await reservations.create(mugs('both', 1), OPERATOR));
    await shop.soundAudit();
  });

  test('the list has the newest first, page by page, and those of one status', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      shop.clock.now += 1;
      made.unshift(yes(await reservations.create(mugs(`po-${index}`, 1), OPERATOR)).reservationId);
    }
    const [newest = '', second = '', third = ''] = made;
    yes(await reservations.release({ reservationId: newest }, OPERATOR));
    yes(await reservations.commit({ reservationId: third }, OPERATOR));
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = yes(await reservations.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) }));
      listed.push(...page.items.map(({ reservationId }) => reservationId));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(listed.toSorted()).toEqual(made.toSorted());
    const idsOf = async (input: Parameters<typeof reservations.list>[0]) =>
      yes(await reservations.list(input)).items.map(({ reservationId }) => reservationId);
    expect(await idsOf({ status: 'released' })).toEqual([newest]);
    expect(await idsOf({ status: 'committed' })).toEqual([third]);
    expect(await idsOf({ reference: 'po-3' })).toEqual([second]);
    expect(await idsOf({ reference: 'po-3', status: 'committed' })).toEqual([]);
    expect(await idsOf({ reference: 'nope' })).toEqual([]);
    const { nextCursor = '' } = yes(await reservations.list({ limit: 1 }));
    expect(no(await reservations.list({ cursor: nextCursor, status: 'reserved' })).reason).toBe('invalid_input');
  });

  test('the audit finds units, holds and lists that do not belong together', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const { reservationId } = yes(await reservations.create(mugs('po-1', 2), OPERATOR));
    const key = reservationKey(reservationId);
    const [view] = await shop.store.read([{ documents: [key] }]);
    const record = view?.documents[0]?.record;
    const [holdId = ''] = record?.holds ?? [];
    const right = { body: record?.body ?? '', holds: [holdId], list: 'reservations' } as const;
    const meddle = async (...steps: Step[]): Promise<(string | undefined)[]> => {
      await apply(shop, steps);
      const rules = (await audited(shop.holdfast)).violations.map(({ rule }) => rule);
      await apply(shop, [put(key, 'any', right)]);
      await shop.soundAudit();
      return [...new Set(rules)];
    };
    const wrongBody = right.body.replace('"quantity":2', '"quantity":3');
    expect(await meddle(put(key, 'any', { ...right, body: wrongBody }))).toEqual(['reservation_has_its_units']);
    const committed = right.body.replace('"reserved"', '"committed"');
    expect(await meddle(put(key, 'any', { ...right, body: committed }))).toEqual(['reservation_has_its_units']);
    expect(await meddle(put(key, 'any', { ...right, holds: [] }))).toEqual([
      'reservation_has_its_holds',
      'hold_has_its_reservation',
    ]);
    expect(await meddle(put(key, 'any', { ...right, body: '{}' }))).toEqual(['document_unreadable']);
    expect(await meddle({ kind: 'drop', key, expect: 'any' })).toEqual(['hold_has_its_reservation']);
    const ended = { ...right, list: 'reservations_ended', dueInMs: null } as const;
    expect((await meddle(put(key, 'any', ended))).toSorted()).toEqual([
      'index_due_documents',
      'reservation_has_its_list',
    ]);
    await apply(shop, [{ kind: 'drop', key: reservedAsKey('po-1'), expect: 'any' }]);
    yes(await reservations.release({ reservationId }, OPERATOR));
    await shop.soundAudit();
  });

  test('the audit and the repair know the dispatched units that count for a customer', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, repairIndexes } = shop.holdfast;
    const { reservationId } = yes(await reservations.create({ ...mugs('po-1', 5), customer: 'ada' }, OPERATOR));
    yes(await reservations.commit({ reservationId }, OPERATOR));
    yes(await reservations.fulfil({ reservationId, lines: lines(['mug', 3]) }, OPERATOR));
    await shop.soundAudit();
    const forget = [{ sku: 'mug', customer: customerOwner('ada'), quantity: 4 }];
    await apply(shop, [{ kind: 'drop', key: 'cursor:none', expect: 'any', forget }]);
    expect((await audited(shop.holdfast)).violations).toMatchObject([
      { rule: 'index_counts', expected: 'at least 5, in holds and orders' },
    ]);
    expect(yes(await repairIndexes(OPERATOR)).mended).toBe(1);
    await shop.soundAudit();
    yes(await shop.holdfast.stock.define({ sku: 'mug', limitPerCustomer: 5 }, OPERATOR));
    expect(no(await reservations.create({ ...mugs('po-2', 1), customer: 'ada' }, OPERATOR))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'mug', limit: 5, already: 5 },
    });
  });
});

let meddled = 0;
async function apply(shop: Shop, steps: readonly Step[]): Promise<void> {
  meddled += 1;
  const { answers } = await shop.store.apply([transaction(`meddle-${meddled}`, [...steps])]);
  expect(answers).toMatchObject([{ status: 'applied' }]);
}
