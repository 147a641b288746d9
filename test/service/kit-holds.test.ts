import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerFacts } from '../../src/shop/webhook/ledger-facts.ts';
import { engines } from '../support/engines.ts';
import { countersOf, kitOf, openKitShop } from '../support/kit-shop.ts';
import { openLocatedShop } from '../support/located-shop.ts';
import { lines, TTL_MS } from '../support/reserved-shop.ts';
import { audited, no, OPERATOR, type Shop, shopper, yes } from '../support/shop.ts';
import { transaction } from '../support/transactions.ts';
import { customerOwner } from '../../src/transact/documents/names.ts';

const ann = shopper('ann');
const bob = shopper('bob');
const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });

describe.each(engines)('holds of kits on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = (): Promise<Shop> => openKitShop(engine, { sellAt: 'dispatch', cacheMs: 0 });
  const holdOf = async ({ holdfast }: Shop, sku: string) => {
    const [hold] = yes(await holdfast.holds.list({ sku })).items;
    if (!hold) throw new Error(`no hold of ${sku}`);
    return hold;
  };

  test('lists name the hold of the kit, and the release of a part hold releases it', async () => {
    await using shop = await open();
    const { carts, holds, inventory } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 2 }, ann()));
    const kit = await holdOf(shop, 'set');
    expect(kit).not.toHaveProperty('kitHoldId');
    const part = await holdOf(shop, 'mug');
    expect(part).toMatchObject({ holdId: `${kit.holdId}/0`, kitHoldId: kit.holdId, quantity: 4, owner: kit.owner });
    const input = { holdId: part.holdId };
    expect(no(await inventory.release(input, OPERATOR)).reason).toBe('unknown_hold');
    expect(no(await inventory.consume(input, OPERATOR)).reason).toBe('unknown_hold');
    const released = { ...input, reason: 'asked' };
    expect(yes(await holds.release(released, OPERATOR))).toMatchObject({ sku: 'set', reserved: 0 });
    const { lines: left, expired } = yes(await carts.get({}, ann()));
    expect([left, expired.map(({ sku, quantity }) => [sku, quantity])]).toEqual([[], [['set', 2]]]);
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 9], mug: [20, 0, 0, 20], box: [9, 0, 0, 9] });
    await shop.soundAudit();
  });

  test('a release of all holds of a component ends those of its kits, each once', async () => {
    await using shop = await open();
    const { carts, holds } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 2 }, ann()));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, ann()));
    yes(await carts.add({ sku: 'set', quantity: 1 }, bob()));
    expect(yes(await holds.releaseWhere({ sku: 'mug', reason: 'recall' }, OPERATOR))).toEqual({ released: 3 });
    expect(yes(await carts.get({}, ann())).lines).toEqual([]);
    yes(await carts.add({ sku: 'set', quantity: 2 }, ann()));
    shop.clock.now += 1_000;
    expect(yes(await holds.releaseWhere({ olderThanMs: 1, reason: 'closing' }, OPERATOR))).toEqual({ released: 1 });
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 9], mug: [20, 0, 0, 20], box: [9, 0, 0, 9] });
    await shop.soundAudit();
  });

  test('units of a component are written off from the newest kits', async () => {
    await using shop = await open();
    const { carts, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 4 }, ann()));
    shop.clock.now += 1_000;
    yes(await carts.add({ sku: 'set', quantity: 5 }, bob()));
    const damaged = { sku: 'box', quantity: 2, reason: 'wet' };
    expect(no(await stock.writeOff({ ...damaged, takeFrom: 'available' }, OPERATOR)).reason).toBe('below_reserved');
    const written = yes(await stock.writeOff({ ...damaged, takeFrom: 'newest_holds' }, OPERATOR));
    expect(written).toMatchObject({ onHand: 7, reserved: 4, endedHolds: [expect.not.stringContaining('/')] });
    expect(yes(await carts.get({}, bob())).lines).toEqual([]);
    expect(yes(await carts.get({}, ann())).lines).toMatchObject([{ sku: 'set', quantity: 4 }]);
    expect(await countersOf(shop)).toEqual({ set: [4, 4, 0, 3], mug: [20, 8, 0, 12], box: [7, 4, 0, 3] });
    await shop.soundAudit();
  });

  test('a reservation of kits is resized, committed, dispatched in parts and released', async () => {
    await using shop = await open();
    const { reservations } = shop.holdfast;
    const input = { reference: 'po-1', lines: lines(['set', 4], ['mug', 2]), ttlMs: TTL_MS };
    const made = yes(await reservations.create(input, keyed('create')));
    expect(yes(await reservations.create(input, keyed('create')))).toEqual(made);
    const { reservationId } = made;
    expect(await countersOf(shop)).toEqual({ set: [4, 4, 0, 5], mug: [20, 10, 0, 10], box: [9, 4, 0, 5] });
    const tooMany = { reference: 'po-2', lines: lines(['set', 6]), ttlMs: TTL_MS };
    expect(no(await reservations.create(tooMany, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'set', requested: 6, available: 5 }] },
    });
    yes(await reservations.resize({ reservationId, lines: lines(['set', 6]) }, OPERATOR));
    yes(await reservations.commit({ reservationId }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [6, 0, 6, 3], mug: [20, 0, 14, 6], box: [9, 0, 6, 3] });
    yes(await reservations.fulfil({ reservationId, lines: lines(['set', 1]) }, OPERATOR));
    yes(await reservations.release({ reservationId, lines: lines(['set', 2]) }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [3, 0, 3, 5], mug: [18, 0, 8, 10], box: [8, 0, 3, 5] });
    await shop.soundAudit();
    yes(await reservations.fulfil({ reservationId }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [0, 0, 0, 5], mug: [10, 0, 0, 10], box: [5, 0, 0, 5] });
    await shop.soundAudit();
  });

  test('a reservation of kits expires with its components', async () => {
    await using shop = await open();
    const { reservations } = shop.holdfast;
    yes(await reservations.create({ reference: 'po-1', lines: lines(['set', 9]), ttlMs: TTL_MS }, OPERATOR));
    shop.clock.now += TTL_MS + 1;
    expect((await countersOf(shop))['set']).toEqual([0, 0, 0, 9]);
    yes(await reservations.create({ reference: 'po-2', lines: lines(['set', 9]), ttlMs: TTL_MS }, OPERATOR));
    await shop.soundAudit();
  });

  test('a backordered component backorders kits, and its delivery completes the oldest, announced once', async () => {
    await using shop = await open();
    const { carts, checkout, orders, stock } = shop.holdfast;
    yes(await stock.define({ sku: 'box', backorderLimit: 4, shipsAt: 5_000 }, OPERATOR));
    yes(await carts.add({ sku: 'set', quantity: 7 }, ann()));
    const { lines: cart } = yes(await carts.add({ sku: 'set', quantity: 3 }, bob()));
    expect(cart).toMatchObject([{ sku: 'set', quantity: 3, backordered: 1 }]);
    expect(yes(await stock.level({ sku: 'set' }))).toMatchObject({ reserved: 10, backordered: 1, available: 0 });
    const { orderId } = yes(await checkout.place({}, bob('pay')));
    expect(no(await orders.fulfil({ orderId }, OPERATOR))).toMatchObject({ reason: 'insufficient_stock' });
    yes(await orders.fulfil({ orderId, lines: lines(['set', 2]) }, OPERATOR));
    yes(await stock.receive({ sku: 'box', quantity: 1 }, OPERATOR));
    expect(yes(await orders.get({ orderId }, OPERATOR)).lines).toMatchObject([{ sku: 'set', fulfilled: 2 }]);
    const { facts } = ledgerFacts(await shop.store.feed({ after: null, limit: 500 }), false);
    const announced = facts.flatMap((fact) => (fact.kind === 'event' ? [fact.event] : []));
    expect(announced.filter(({ type }) => type === 'backorder.filled')).toMatchObject([
      { subject: 'set', fill: { owner: `order:${orderId}`, units: 1, holdId: expect.not.stringContaining('/') } },
    ]);
    expect(announced.filter(({ type }) => type === 'order.placed')).toHaveLength(1);
    expect(announced.filter(({ type }) => type === 'order.partially_fulfilled')).toHaveLength(1);
    yes(await orders.fulfil({ orderId }, OPERATOR));
    expect(await countersOf(shop)).toEqual({ set: [7, 7, 0, 0], mug: [14, 14, 0, 0], box: [7, 7, 0, 4] });
    await shop.soundAudit();
  });

  test('the audit and the repair know the components of dispatched kits that count for a customer', async () => {
    await using shop = await open();
    const { carts, checkout, orders, reservations, repairIndexes } = shop.holdfast;
    const ada = shopper('ada', customerOwner('ada'));
    yes(await carts.add({ sku: 'set', quantity: 3 }, ada()));
    const { orderId } = yes(await checkout.place({}, ada('pay')));
    yes(await orders.fulfil({ orderId, lines: lines(['set', 2]) }, OPERATOR));
    yes(await orders.return({ orderId, lines: lines(['set', 1]), restock: true, reason: 'r' }, keyed('back')));
    const input = { reference: 'po-1', lines: lines(['set', 2]), ttlMs: TTL_MS, customer: 'ada' };
    const { reservationId } = yes(await reservations.create(input, OPERATOR));
    yes(await reservations.commit({ reservationId }, OPERATOR));
    yes(await reservations.fulfil({ reservationId }, OPERATOR));
    await shop.soundAudit();
    // The order has a kit that was kept, and one to dispatch; the reservation has two that were dispatched.
    const forget = [{ sku: 'mug', customer: customerOwner('ada'), quantity: 1 }];
    const { answers } = await shop.store.apply([
      transaction('meddle', [{ kind: 'drop', key: 'cursor:none', expect: 'any', forget }]),
    ]);
    expect(answers).toMatchObject([{ status: 'applied' }]);
    expect((await audited(shop.holdfast)).violations).toMatchObject([
      { rule: 'index_counts', expected: 'at least 8, in holds and orders' },
    ]);
    expect(yes(await repairIndexes(OPERATOR)).mended).toBe(1);
    await shop.soundAudit();
  });

  test('a line of kits takes them from several locations, each from the components there', async () => {
    await using shop = await openLocatedShop(engine, {
      locations: ['berlin', 'paris'],
      stock: { mug: { main: 5, berlin: 4, paris: 40 }, box: { main: 9, berlin: 9, paris: 40 } },
      settings: { sellAt: 'dispatch' },
    });
    const { carts, checkout, orders, stock } = shop.holdfast;
    for (const location of ['main', 'berlin'])
      yes(await stock.define({ sku: 'set', components: kitOf({ mug: 2, box: 1 }), location }, OPERATOR));
    const { lines: cart } = yes(await carts.add({ sku: 'set', quantity: 4 }, bob()));
    expect(cart).toMatchObject([
      {
        sku: 'set',
        quantity: 4,
        allocations: [
          { location: 'berlin', quantity: 2 },
          { location: 'main', quantity: 2 },
        ],
      },
    ]);
    expect(no(await carts.add({ sku: 'set', quantity: 1 }, ann()))).toMatchObject({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'set', available: 0 }] },
    });
    const { orderId } = yes(await checkout.place({}, bob('pay')));
    expect(await shop.counters('mug')).toEqual({ main: [5, 0, 4], berlin: [4, 0, 4], paris: [40, 0, 0] });
    yes(await orders.fulfil({ orderId }, OPERATOR));
    expect(await shop.counters('box')).toEqual({ main: [7, 0, 0], berlin: [7, 0, 0], paris: [40, 0, 0] });
    const back = { orderId, lines: [{ sku: 'set', quantity: 3 }], restock: true, reason: 'r' };
    yes(await orders.return(back, keyed('back')));
    const mugs = await shop.counters('mug');
    expect((mugs['main']?.[0] ?? 0) + (mugs['berlin']?.[0] ?? 0)).toBe(7);
    yes(await shop.holdfast.locations.define({ id: 'rome' }, OPERATOR));
    const moved = { orderId, lines: [{ sku: 'set', quantity: 1, location: 'rome' }], restock: true, reason: 'r' };
    yes(await orders.return(moved, keyed('moved')));
    expect(yes(await stock.level({ sku: 'mug', location: 'rome' })).onHand).toBe(2);
    expect(yes(await stock.level({ sku: 'box', location: 'rome' })).onHand).toBe(1);
    await shop.soundAudit();
  });

  test('components that return with a kit go to the oldest backorders in the same transaction', async () => {
    await using shop = await open();
    const { carts, checkout, orders, stock } = shop.holdfast;
    yes(await carts.add({ sku: 'set', quantity: 9 }, ann()));
    const { orderId } = yes(await checkout.place({}, ann('pay')));
    yes(await orders.fulfil({ orderId }, OPERATOR));
    yes(await stock.define({ sku: 'box', backorderLimit: 4 }, OPERATOR));
    yes(await carts.add({ sku: 'set', quantity: 1 }, bob()));
    shop.clock.now += 1;
    yes(await carts.add({ sku: 'box', quantity: 2 }, ann()));
    expect(yes(await stock.level({ sku: 'box' }))).toMatchObject({ onHand: 0, reserved: 3, backordered: 3 });
    const back = { orderId, lines: [{ sku: 'set', quantity: 2 }], restock: true, reason: 'r' };
    yes(await orders.return(back, keyed('back')));
    expect(yes(await stock.level({ sku: 'box' }))).toMatchObject({ onHand: 2, reserved: 3, backordered: 1 });
    expect(yes(await stock.level({ sku: 'set' }))).toMatchObject({ onHand: 1, reserved: 1, backordered: 0 });
    expect(yes(await carts.get({}, bob())).lines[0]).not.toHaveProperty('backordered');
    await shop.soundAudit();
  });
});
