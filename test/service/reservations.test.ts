import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../support/engines.ts';
import { holdsOf, keyed, lines, openReservedShop, TTL_MS, unitsOf } from '../support/reserved-shop.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

describe.each(engines)('reservations, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('reserve, commit, and dispatch three lines in two parts', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, stock } = shop.holdfast;
    const made = yes(
      await reservations.create(
        { reference: 'po-1', lines: lines(['mug', 4], ['cup', 2], ['pot', 1], ['mug', 1]), ttlMs: TTL_MS },
        OPERATOR,
      ),
    );
    const { reservationId } = made;
    expect(reservationId).toMatch(/^res_/);
    expect(made).toEqual({
      reservationId,
      reference: 'po-1',
      status: 'reserved',
      createdAt: START,
      expiresAt: START + TTL_MS,
      version: expect.any(Number),
      lines: [
        { sku: 'mug', quantity: 5, fulfilled: 0, released: 0, backordered: 0, allocations: [at('main', 5)] },
        { sku: 'cup', quantity: 2, fulfilled: 0, released: 0, backordered: 0, allocations: [at('main', 2)] },
        { sku: 'pot', quantity: 1, fulfilled: 0, released: 0, backordered: 0, allocations: [at('main', 1)] },
      ],
    });
    expect(yes(await reservations.get({ reservationId }))).toEqual(made);
    expect(yes(await reservations.get({ reference: 'po-1' }))).toEqual(made);
    expect(await unitsOf(shop, 'mug')).toEqual([10, 5, 0, 5]);
    await shop.soundAudit();

    const committed = yes(await reservations.commit({ reservationId }, OPERATOR));
    expect(committed).toMatchObject({ status: 'committed', expiresAt: null });
    expect(yes(await reservations.get({ reservationId }))).toEqual(committed);
    expect(await unitsOf(shop, 'mug')).toEqual([10, 0, 5, 5]);
    shop.clock.now += 400 * TTL_MS;

    const parcel = { reservationId, lines: lines(['mug', 3], ['pot', 1]) };
    const first = yes(await reservations.fulfil(parcel, keyed('parcel-1')));
    expect(first).toMatchObject({
      status: 'partially_fulfilled',
      lines: [{ fulfilled: 3, allocations: [at('main', 5)] }, { fulfilled: 0 }, { fulfilled: 1 }],
    });
    expect(yes(await reservations.fulfil(parcel, keyed('parcel-1')))).toEqual(first);
    expect(await unitsOf(shop, 'mug')).toEqual([7, 0, 2, 5]);
    await shop.soundAudit();
    const last = yes(await reservations.fulfil({ reservationId }, OPERATOR));
    expect(last).toMatchObject({ status: 'fulfilled', lines: [{ fulfilled: 5 }, { fulfilled: 2 }, { fulfilled: 1 }] });
    expect(await unitsOf(shop, 'cup')).toEqual([3, 0, 0, 3]);
    const [movement] = yes(await stock.history({ sku: 'cup' })).movements;
    expect(movement).toMatchObject({ kind: 'fulfilled', quantity: 2, reservationId });
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 8, committed: 0, reserved: 0 });
  });

  test('reserves all lines or none, and the refusal names each line that lacks units', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const wanted = { reference: 'po-1', lines: lines(['mug', 6], ['cup', 9], ['mug', 5], ['pot', 3]), ttlMs: TTL_MS };
    expect(no(await reservations.create(wanted, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: {
        lines: [
          { sku: 'mug', requested: 11, available: 10 },
          { sku: 'cup', requested: 9, available: 5 },
        ],
      },
    });
    const unknown = { ...wanted, lines: lines(['mug', 1], ['lamp', 1]) };
    expect(no(await reservations.create(unknown, OPERATOR))).toEqual({ reason: 'unknown_sku', meta: { sku: 'lamp' } });
    const most = { ...unknown, lines: [{ sku: 'lamp', quantity: 1, mode: 'best_effort' as const }] };
    expect(no(await reservations.create(most, OPERATOR))).toEqual({ reason: 'unknown_sku', meta: { sku: 'lamp' } });
    expect(await unitsOf(shop, 'pot')).toEqual([3, 0, 0, 3]);
    expect(no(await reservations.get({ reference: 'po-1' }))).toEqual({
      reason: 'unknown_reservation',
      meta: { reference: 'po-1' },
    });
    await shop.soundAudit();
  });

  test('a best-effort line gets the available units, with those of overdue holds, but at least one', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, carts } = shop.holdfast;
    yes(await carts.add({ sku: 'mug', quantity: 4 }, shopper('ann')()));
    const most = (reference: string) => ({
      reference,
      lines: [{ sku: 'mug', quantity: 20, mode: 'best_effort' as const }, ...lines(['cup', 1])],
      ttlMs: null,
    });
    expect(yes(await reservations.create(most('a'), OPERATOR)).lines).toMatchObject([{ quantity: 6 }, { quantity: 1 }]);
    expect(no(await reservations.create(most('b'), OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested: 20, available: 0 }] },
    });
    shop.clock.now += 7_200_000;
    expect(yes(await reservations.create(most('b'), OPERATOR)).lines).toMatchObject([{ quantity: 4 }, { quantity: 1 }]);
    expect(await unitsOf(shop, 'mug')).toEqual([10, 10, 0, 0]);
    await shop.soundAudit();
  });

  test('the limit of a customer counts the units of reservations until they are forgotten', async () => {
    await using shop = await openReservedShop(engine, { orderRetentionMs: 86_400_000 });
    const { reservations, stock } = shop.holdfast;
    yes(await stock.define({ sku: 'mug', limitPerCustomer: 4 }, OPERATOR));
    const of = (reference: string, quantity: number) => ({
      reference,
      lines: lines(['mug', quantity]),
      ttlMs: TTL_MS,
      customer: 'ada',
    });
    const { reservationId } = yes(await reservations.create(of('a', 3), OPERATOR));
    expect(no(await reservations.create(of('b', 2), OPERATOR))).toEqual({
      reason: 'limit_exceeded',
      meta: { sku: 'mug', limit: 4, already: 3 },
    });
    const most = { ...of('b', 9), lines: [{ sku: 'mug', quantity: 9, mode: 'best_effort' as const }] };
    expect(yes(await reservations.create(most, OPERATOR)).lines).toMatchObject([{ quantity: 1 }]);
    expect(no(await reservations.resize({ reservationId, lines: lines(['mug', 4]) }, OPERATOR)).reason).toBe(
      'limit_exceeded',
    );
    yes(await reservations.commit({ reservationId }, OPERATOR));
    yes(await reservations.fulfil({ reservationId }, OPERATOR));
    shop.clock.now += TTL_MS;
    await shop.soundAudit();
    expect(no(await reservations.create(of('c', 2), OPERATOR)).reason).toBe('limit_exceeded');
    shop.clock.now += 86_400_000;
    shop.holdfast.expiry.start();
    await expect
      .poll(async () => (await reservations.get({ reservationId })).ok, { timeout: 10_000, interval: 20 })
      .toBe(false);
    expect(yes(await reservations.create(of('c', 4), OPERATOR)).lines).toMatchObject([{ quantity: 4 }]);
    await shop.soundAudit();
  });

  test('a reference belongs to one reservation that has not ended', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const wanted = { reference: 'po-1', lines: lines(['mug', 1]), ttlMs: TTL_MS };
    const first = yes(await reservations.create(wanted, keyed('one')));
    expect(yes(await reservations.create(wanted, keyed('one')))).toEqual(first);
    const taken = { reason: 'reservation_state', meta: { reservationId: first.reservationId, status: 'reserved' } };
    expect(no(await reservations.create(wanted, OPERATOR))).toEqual(taken);
    const other = yes(await reservations.create({ ...wanted, reference: 'po-2' }, OPERATOR));
    const { reservationId } = other;
    expect(no(await reservations.transfer({ reservationId, reference: 'po-1' }, OPERATOR))).toEqual(taken);
    expect(yes(await reservations.transfer({ reservationId, reference: 'po-2' }, OPERATOR))).toEqual(other);
    yes(await reservations.release({ reservationId: first.reservationId }, OPERATOR));
    expect(yes(await reservations.transfer({ reservationId, reference: 'po-1' }, OPERATOR))).toMatchObject({
      reference: 'po-1',
      status: 'reserved',
    });
    expect(yes(await reservations.get({ reference: 'po-1' })).reservationId).toBe(reservationId);
    expect(no(await reservations.get({ reference: 'po-2' })).reason).toBe('unknown_reservation');
    const again = yes(await reservations.create({ ...wanted, reference: 'po-2' }, OPERATOR));
    expect(again.reservationId).not.toBe(reservationId);
    expect(yes(await reservations.get({ reservationId: first.reservationId })).status).toBe('released');
    await shop.soundAudit();
  });

  test('release gives back units in parts, and the reservation ends with the last ones', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const wanted = { reference: 'po-1', lines: lines(['mug', 4], ['cup', 2]), ttlMs: TTL_MS };
    const { reservationId } = yes(await reservations.create(wanted, OPERATOR));
    const some = { reservationId, lines: lines(['mug', 1], ['cup', 2]) };
    expect(yes(await reservations.release(some, OPERATOR))).toMatchObject({
      status: 'reserved',
      lines: [
        { quantity: 4, released: 1, allocations: [at('main', 3)] },
        { quantity: 2, released: 2, allocations: [] },
      ],
    });
    expect(no(await reservations.release(some, OPERATOR))).toEqual({
      reason: 'exceeds_unfulfilled',
      meta: { sku: 'cup', unfulfilled: 0 },
    });
    yes(await reservations.commit({ reservationId }, OPERATOR));
    yes(await reservations.release({ reservationId, lines: lines(['mug', 1]) }, OPERATOR));
    yes(await reservations.fulfil({ reservationId, lines: lines(['mug', 1]) }, OPERATOR));
    await shop.soundAudit();
    expect(yes(await reservations.release({ reservationId }, OPERATOR))).toMatchObject({
      status: 'fulfilled',
      lines: [
        { quantity: 4, fulfilled: 1, released: 3 },
        { fulfilled: 0, released: 2 },
      ],
    });
    expect(await unitsOf(shop, 'mug')).toEqual([9, 0, 0, 9]);
    const other = yes(await reservations.create({ ...wanted, ttlMs: null }, OPERATOR));
    yes(await reservations.commit({ reservationId: other.reservationId }, OPERATOR));
    expect(yes(await reservations.release({ reservationId: other.reservationId }, OPERATOR))).toMatchObject({
      status: 'released',
      lines: [{ released: 4 }, { released: 2 }],
    });
    expect((await shop.soundAudit()).totals).toMatchObject({ sold: 1, onHand: 17 });
  });

  test('resize sets the units of lines in one step, before and after the commit', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations } = shop.holdfast;
    const wanted = { reference: 'po-1', lines: lines(['mug', 4], ['cup', 2]), ttlMs: TTL_MS };
    const { reservationId } = yes(await reservations.create(wanted, OPERATOR));
    shop.clock.now += 1_000;
    const resized = yes(
      await reservations.resize({ reservationId, lines: lines(['mug', 2], ['cup', 0], ['pot', 3]) }, OPERATOR),
    );
    expect(resized).toMatchObject({ expiresAt: START + TTL_MS, lines: [{ sku: 'mug', quantity: 2 }, { sku: 'pot' }] });
    expect(await holdsOf(shop, reservationId)).toEqual({
      dueAt: START + TTL_MS,
      holds: [
        ['mug', 2, 'held', START + TTL_MS],
        ['pot', 3, 'held', START + TTL_MS],
      ],
    });
    const tooMany = { reservationId, lines: lines(['mug', 99], ['pot', 1], ['cup', 6]) };
    expect(no(await reservations.resize(tooMany, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: {
        lines: [
          { sku: 'mug', requested: 97, available: 8 },
          { sku: 'cup', requested: 6, available: 5 },
        ],
      },
    });
    expect(await unitsOf(shop, 'pot')).toEqual([3, 3, 0, 0]);
    yes(await reservations.commit({ reservationId }, OPERATOR));
    yes(await reservations.fulfil({ reservationId, lines: lines(['mug', 2]) }, OPERATOR));
    expect(no(await reservations.resize({ reservationId, lines: lines(['mug', 1]) }, OPERATOR))).toEqual({
      reason: 'exceeds_unfulfilled',
      meta: { sku: 'mug', unfulfilled: 0 },
    });
    const grown = yes(
      await reservations.resize({ reservationId, lines: lines(['mug', 5], ['cup', 1], ['pot', 2]) }, OPERATOR),
    );
    expect(grown).toMatchObject({
      status: 'partially_fulfilled',
      lines: [
        { sku: 'mug', quantity: 5, fulfilled: 2 },
        { sku: 'pot', quantity: 2 },
        { sku: 'cup', quantity: 1 },
      ],
    });
    expect(yes(await reservations.resize({ reservationId, lines: lines(['mug', 5]) }, OPERATOR))).toEqual(grown);
    expect((await holdsOf(shop, reservationId)).holds).toEqual([
      ['mug', 3, 'committed', null],
      ['pot', 2, 'committed', null],
      ['cup', 1, 'committed', null],
    ]);
    expect(await unitsOf(shop, 'mug')).toEqual([8, 0, 3, 5]);
    await shop.soundAudit();
    const none = { reservationId, lines: lines(['mug', 2], ['pot', 0], ['cup', 0]) };
    expect(yes(await reservations.resize(none, OPERATOR))).toMatchObject({
      status: 'fulfilled',
      lines: [{ sku: 'mug', quantity: 2, fulfilled: 2 }],
    });
    await shop.soundAudit();
  });

  test('each change is refused in a status that does not allow it', async () => {
    await using shop = await openReservedShop(engine);
    const { reservations, holds } = shop.holdfast;
    const wanted = { reference: 'po-1', lines: lines(['mug', 4]), ttlMs: TTL_MS };
    const { reservationId } = yes(await reservations.create(wanted, OPERATOR));
    const state = (status: string) => ({ reason: 'reservation_state', meta: { reservationId, status } });
    expect(no(await reservations.fulfil({ reservationId }, OPERATOR))).toEqual(state('reserved'));
    const [hold] = yes(await holds.list({ sku: 'mug' })).items;
    expect(hold).toMatchObject({ owner: `reservation:${reservationId}`, quantity: 4 });
    const release = { holdId: hold?.holdId ?? '', reason: 'x' };
    expect(no(await holds.release(release, OPERATOR))).toEqual(state('reserved'));
    expect(yes(await holds.releaseWhere({ sku: 'mug', reason: 'x' }, OPERATOR))).toEqual({ released: 0 });
    yes(await reservations.commit({ reservationId }, OPERATOR));
    expect(no(await reservations.commit({ reservationId }, OPERATOR))).toEqual(state('committed'));
    expect(no(await reservations.extend({ reservationId, ttlMs: 1 }, OPERATOR))).toEqual(state('committed'));
    yes(await reservations.fulfil({ reservationId }, OPERATOR));
    const changes = [
      reservations.fulfil({ reservationId }, OPERATOR),
      reservations.release({ reservationId }, OPERATOR),
      reservations.resize({ reservationId, lines: lines(['mug', 9]) }, OPERATOR),
      reservations.transfer({ reservationId, reference: 'po-2' }, OPERATOR),
    ];
    for (const change of changes) expect(no(await change)).toEqual(state('fulfilled'));
    const unknown = { reason: 'unknown_reservation', meta: { reservationId: 'res_nope' } };
    const nobody = { reservationId: 'res_nope' };
    expect(no(await reservations.get(nobody))).toEqual(unknown);
    for (const change of [
      reservations.commit(nobody, OPERATOR),
      reservations.resize({ ...nobody, lines: lines(['mug', 1]) }, OPERATOR),
      reservations.transfer({ ...nobody, reference: 'x' }, OPERATOR),
    ])
      expect(no(await change)).toEqual(unknown);
  });
});

const at = (location: string, quantity: number) => ({ location, quantity });
