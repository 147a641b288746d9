import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stockKey } from '../../src/domain/stock-keys.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';
import { MUGS, onHandAt, openTransferShop, sent } from '../support/transfer-shop.ts';
import { START } from '../support/transactions.ts';

const keyed = (idempotencyKey: string) => ({ ...OPERATOR, idempotencyKey });
const RETENTION_MS = 3_600_000;

describe.each(engines)('transfers, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('leave one location and arrive at another in parts', async () => {
    await using shop = await openTransferShop(engine);
    const { transfers, stock } = shop.holdfast;
    const input = { ...MUGS, lines: [...MUGS.lines, { sku: 'cup', quantity: 2 }], reference: 'truck-7' };
    const draft = yes(await transfers.create(input, OPERATOR));
    const { transferId } = draft;
    expect(transferId).toMatch(/^trf_/);
    const line = { received: 0, lost: 0 };
    expect(draft).toEqual({
      transferId,
      status: 'draft',
      from: 'main',
      to: 'berlin',
      createdAt: START,
      reference: 'truck-7',
      lines: [
        { sku: 'mug', quantity: 6, ...line },
        { sku: 'cup', quantity: 2, ...line },
      ],
    });
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([10, null]);

    shop.clock.now += 1_000;
    const dispatched = yes(await transfers.dispatch({ transferId }, OPERATOR));
    expect(dispatched).toEqual({ ...draft, status: 'in_transit', dispatchedAt: START + 1_000 });
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([4, null]);
    await shop.soundAudit();

    const part = { transferId, lines: [{ sku: 'mug', quantity: 4 }] };
    const first = yes(await transfers.receive(part, OPERATOR));
    expect(first).toMatchObject({ status: 'in_transit', lines: [{ received: 4, lost: 0 }, line] });
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([4, 4]);
    expect(await onHandAt(shop, 'cup', 'main', 'berlin')).toEqual([3, null]);

    const rest = { mug: { sku: 'mug', quantity: 1, lost: 1 }, cup: { sku: 'cup', quantity: 0, lost: 2 } };
    const last = { transferId, lines: [rest.mug, rest.cup], reason: 'a wet box' };
    const received = yes(await transfers.receive(last, OPERATOR));
    expect(received).toMatchObject({
      status: 'received',
      endedAt: START + 1_000,
      reason: 'a wet box',
      lines: [
        { received: 5, lost: 1 },
        { received: 0, lost: 2 },
      ],
    });
    expect(yes(await transfers.get({ transferId }))).toEqual(received);
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([4, 5]);
    expect(await onHandAt(shop, 'cup', 'main', 'berlin')).toEqual([3, null]);
    const [movement] = yes(await stock.history({ sku: 'mug' })).movements;
    expect(movement).toMatchObject({ kind: 'adjusted', quantity: -6, cause: { reference: transferId } });
    // Transferred units did not come from outside, so an audit does not count them as received again.
    expect((await shop.soundAudit()).totals).toMatchObject({ received: 15, onHand: 12 });
  });

  test('create a record that has the settings of the SKU', async () => {
    await using shop = await openTransferShop(engine);
    const { transferId } = await sent(shop);
    yes(await shop.holdfast.transfers.receive({ transferId, lines: [{ sku: 'mug', quantity: 6 }] }, OPERATOR));
    const [view] = await shop.store.read([{ skus: ['mug', stockKey('mug', 'berlin')] }]);
    expect(view?.stock[1]).toMatchObject({ onHand: 6, safetyStock: 0, unitPrice: { amount: 900, currency: 'EUR' } });
    const back = await sent(shop, { ...MUGS, from: 'berlin', to: 'paris', lines: [{ sku: 'mug', quantity: 6 }] });
    yes(await shop.holdfast.transfers.receive({ ...back, lines: [{ sku: 'mug', quantity: 6 }] }, OPERATOR));
    expect(await onHandAt(shop, 'mug', 'main', 'berlin', 'paris')).toEqual([4, 0, 6]);
  });

  test('return what is in transit when they are cancelled', async () => {
    await using shop = await openTransferShop(engine);
    const { transfers } = shop.holdfast;
    const draft = yes(await transfers.create(MUGS, OPERATOR));
    const dropped = yes(await transfers.cancel({ transferId: draft.transferId, reason: 'typo' }, OPERATOR));
    expect(dropped).toMatchObject({ status: 'cancelled', reason: 'typo', endedAt: START });
    expect(await onHandAt(shop, 'mug', 'main')).toEqual([10]);

    const { transferId } = await sent(shop);
    yes(await transfers.receive({ transferId, lines: [{ sku: 'mug', quantity: 1, lost: 2 }], reason: 'x' }, OPERATOR));
    yes(await transfers.cancel({ transferId, reason: 'truck returned' }, OPERATOR));
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([7, 1]);
    expect((await shop.soundAudit()).totals).toMatchObject({ received: 15, onHand: 13 });
  });

  test('take no reserved or committed units, and name each short line', async () => {
    await using shop = await openTransferShop(engine, { sellAt: 'dispatch' });
    const { transfers, carts, checkout } = shop.holdfast;
    const ada = shopper('ada');
    yes(await carts.add({ sku: 'mug', quantity: 3 }, ada()));
    yes(await checkout.place({}, ada('k')));
    yes(await carts.add({ sku: 'mug', quantity: 2 }, ada()));
    const lines = [
      { sku: 'mug', quantity: 6 },
      { sku: 'cup', quantity: 6 },
    ];
    const { transferId } = yes(await transfers.create({ ...MUGS, lines }, OPERATOR));
    expect(no(await transfers.dispatch({ transferId }, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: {
        lines: [
          { sku: 'mug', requested: 6, available: 5 },
          { sku: 'cup', requested: 6, available: 5 },
        ],
      },
    });
    expect(yes(await transfers.get({ transferId })).status).toBe('draft');
    expect(await onHandAt(shop, 'mug', 'main')).toEqual([10]);
    const away = yes(await transfers.create({ ...MUGS, from: 'paris' }, OPERATOR));
    expect(no(await transfers.dispatch(away, OPERATOR))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested: 6, available: 0 }] },
    });
    // Units of holds past their deadline are free, and the safety stock is not reserved.
    shop.clock.now += 86_400_000;
    const seven = yes(await transfers.create({ ...MUGS, lines: [{ sku: 'mug', quantity: 7 }] }, OPERATOR));
    expect(yes(await transfers.dispatch(seven, OPERATOR)).status).toBe('in_transit');
    expect(await onHandAt(shop, 'mug', 'main')).toEqual([3]);
    await shop.soundAudit();
  });

  test('refuse what does not fit their state', async () => {
    await using shop = await openTransferShop(engine);
    const { transfers } = shop.holdfast;
    const { transferId } = yes(await transfers.create(MUGS, OPERATOR));
    const some = (quantity: number, lost?: number) => ({
      transferId,
      lines: [{ sku: 'mug', quantity, ...(lost === undefined ? {} : { lost }) }],
    });
    const state = (status: string) => ({ reason: 'transfer_state', meta: { transferId, status } });
    expect(no(await transfers.receive(some(1), OPERATOR))).toEqual(state('draft'));
    yes(await transfers.dispatch({ transferId }, OPERATOR));
    expect(no(await transfers.dispatch({ transferId }, OPERATOR))).toEqual(state('in_transit'));
    expect(no(await transfers.receive(some(7), OPERATOR))).toEqual({
      reason: 'exceeds_in_transit',
      meta: { sku: 'mug', inTransit: 6 },
    });
    expect(no(await transfers.receive({ ...some(6, 1), reason: 'x' }, OPERATOR)).reason).toBe('exceeds_in_transit');
    expect(no(await transfers.receive(some(5, 1), OPERATOR))).toMatchObject({
      reason: 'invalid_input',
      meta: { issues: [{ path: 'reason' }] },
    });
    const other = { transferId, lines: [{ sku: 'cup', quantity: 1 }] };
    expect(no(await transfers.receive(other, OPERATOR))).toEqual({ reason: 'unknown_sku', meta: { sku: 'cup' } });
    yes(await transfers.receive(some(2), OPERATOR));
    expect(no(await transfers.receive(some(5), OPERATOR))).toMatchObject({ meta: { inTransit: 4 } });
    yes(await transfers.receive(some(4), OPERATOR));
    expect(no(await transfers.receive(some(1), OPERATOR))).toEqual(state('received'));
    expect(no(await transfers.cancel({ transferId, reason: 'x' }, OPERATOR))).toEqual(state('received'));
    const nowhere = { transferId: 'trf_nope' };
    const unknown = { reason: 'unknown_transfer', meta: nowhere };
    expect(no(await transfers.get(nowhere))).toEqual(unknown);
    expect(no(await transfers.dispatch(nowhere, OPERATOR))).toEqual(unknown);
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([4, 6]);
  });

  test('need two defined locations and known SKUs', async () => {
    await using shop = await openTransferShop(engine);
    const { transfers } = shop.holdfast;
    expect(no(await transfers.create({ ...MUGS, to: 'oslo' }, OPERATOR))).toEqual({
      reason: 'unknown_location',
      meta: { location: 'oslo' },
    });
    expect(no(await transfers.create({ ...MUGS, to: 'main' }, OPERATOR)).reason).toBe('invalid_input');
    const lines = [...MUGS.lines, { sku: 'vase', quantity: 1 }];
    expect(no(await transfers.create({ ...MUGS, lines }, OPERATOR))).toEqual({
      reason: 'unknown_sku',
      meta: { sku: 'vase' },
    });
  });

  test('change once, if two processes try at the same time', async () => {
    await using shop = await openTransferShop(engine);
    const processes = [shop.holdfast, await shop.another(engine)];
    for (let round = 0; round < 3; round += 1) {
      const { transferId } = yes(
        await shop.holdfast.transfers.create({ ...MUGS, lines: [{ sku: 'mug', quantity: 2 }] }, OPERATOR),
      );
      const sends = processes.map(({ transfers }) => transfers.dispatch({ transferId }, OPERATOR));
      expect((await Promise.all(sends)).filter(({ ok }) => ok)).toHaveLength(1);
      const all = { transferId, lines: [{ sku: 'mug', quantity: 2 }] };
      const receipts = processes.map(({ transfers }) => transfers.receive(all, OPERATOR));
      expect((await Promise.all(receipts)).filter(({ ok }) => ok)).toHaveLength(1);
    }
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([4, 6]);
  });

  test('take effect once for each key', async () => {
    await using shop = await openTransferShop(engine);
    const { transfers } = shop.holdfast;
    const draft = yes(await transfers.create(MUGS, keyed('create')));
    expect(yes(await transfers.create(MUGS, keyed('create')))).toEqual(draft);
    const { transferId } = draft;
    const dispatched = yes(await transfers.dispatch({ transferId }, keyed('dispatch')));
    expect(yes(await transfers.dispatch({ transferId }, keyed('dispatch')))).toEqual(dispatched);
    const part = { transferId, lines: [{ sku: 'mug', quantity: 2 }] };
    const received = yes(await transfers.receive(part, keyed('receive')));
    expect(yes(await transfers.receive(part, keyed('receive')))).toEqual(received);
    const more = { transferId, lines: [{ sku: 'mug', quantity: 3 }] };
    expect(no(await transfers.receive(more, keyed('receive'))).reason).toBe('idempotency_mismatch');
    const cancelled = yes(await transfers.cancel({ transferId, reason: 'x' }, keyed('cancel')));
    expect(yes(await transfers.cancel({ transferId, reason: 'x' }, keyed('cancel')))).toEqual(cancelled);
    expect(await onHandAt(shop, 'mug', 'main', 'berlin')).toEqual([8, 2]);
    expect(yes(await transfers.list({})).items).toEqual([cancelled]);
  });

  test('are listed newest first, by status, and are deleted after their retention', async () => {
    await using shop = await openTransferShop(engine, { orderRetentionMs: RETENTION_MS });
    const { transfers, expiry } = shop.holdfast;
    const ids: string[] = [];
    for (let each = 0; each < 4; each += 1) {
      shop.clock.now += 1;
      ids.unshift(yes(await transfers.create({ ...MUGS, lines: [{ sku: 'mug', quantity: 1 }] }, OPERATOR)).transferId);
    }
    const [fourth = '', third = '', second = '', first = ''] = ids;
    yes(await transfers.dispatch({ transferId: first }, OPERATOR));
    yes(await transfers.receive({ transferId: first, lines: [{ sku: 'mug', quantity: 1 }] }, OPERATOR));
    yes(await transfers.dispatch({ transferId: third }, OPERATOR));
    yes(await transfers.cancel({ transferId: fourth, reason: 'x' }, OPERATOR));
    const page = yes(await transfers.list({ limit: 3 }));
    expect(page.items.map(({ transferId }) => transferId)).toEqual([fourth, third, second]);
    const rest = yes(await transfers.list({ limit: 3, cursor: page.nextCursor! }));
    expect(rest).toEqual({ items: [yes(await transfers.get({ transferId: first }))] });
    const listed = async (status: 'draft' | 'in_transit' | 'received' | 'cancelled') =>
      yes(await transfers.list({ status })).items.map(({ transferId }) => transferId);
    expect(await listed('draft')).toEqual([second]);
    expect(await listed('in_transit')).toEqual([third]);
    expect(await listed('received')).toEqual([first]);
    expect(await listed('cancelled')).toEqual([fourth]);
    expect(no(await transfers.list({ status: 'draft', cursor: page.nextCursor! })).reason).toBe('invalid_input');

    shop.clock.now += RETENTION_MS + 1;
    await expiry.sweepNow();
    expect(yes(await transfers.list({})).items.map(({ transferId }) => transferId)).toEqual([third, second]);
    await shop.soundAudit();
  });
});
