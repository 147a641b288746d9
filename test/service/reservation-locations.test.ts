import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StockRecord } from '../../src/domain/records.ts';
import { stockKey } from '../../src/domain/stock-keys.ts';
import { engines } from '../support/engines.ts';
import { lines, TTL_MS } from '../support/reserved-shop.ts';
import { no, OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';
import { configure, receive, transaction } from '../support/transactions.ts';

describe.each(engines)('reservations in several locations, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A shop with 10 mugs at `main`, 15 in `berlin`, which comes second, and 4 in `paris`, which serves only `web`. */
  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    const { locations } = shop.holdfast;
    await shop.supply('mug', { units: 10 });
    yes(await locations.define({ id: 'main', priority: 1 }, OPERATOR));
    yes(await locations.define({ id: 'berlin', priority: 2 }, OPERATOR));
    yes(await locations.define({ id: 'paris', priority: 3, channels: ['web'] }, OPERATOR));
    await receiveAt(shop, 'berlin', 15);
    await receiveAt(shop, 'paris', 4);
    return shop;
  };

  test('takes units in the order of the locations, and never more than asked', async () => {
    await using shop = await open();
    const { reservations } = shop.holdfast;
    const made = yes(await reservations.create(mugs('po-1', 13), OPERATOR));
    expect(made.lines).toEqual([line(13, ['main', 10], ['berlin', 3])]);
    expect(await freeIn(shop)).toEqual([0, 12, 4]);
    const { reservationId } = made;
    const grown = { reservationId, lines: lines(['mug', 20]) };
    expect(yes(await reservations.resize(grown, OPERATOR)).lines).toEqual([line(20, ['main', 10], ['berlin', 10])]);
    yes(await reservations.commit({ reservationId }, OPERATOR));
    const some = { reservationId, lines: lines(['mug', 12]) };
    expect(yes(await reservations.fulfil(some, OPERATOR)).lines).toMatchObject([{ quantity: 20, fulfilled: 12 }]);
    await shop.soundAudit();
    const less = { reservationId, lines: lines(['mug', 15]) };
    expect(yes(await reservations.resize(less, OPERATOR)).lines).toMatchObject([
      { quantity: 15, fulfilled: 12, allocations: line(15, ['main', 10], ['berlin', 5]).allocations },
    ]);
    yes(await reservations.release({ reservationId, lines: lines(['mug', 1]) }, OPERATOR));
    expect(yes(await reservations.fulfil({ reservationId }, OPERATOR))).toMatchObject({
      status: 'fulfilled',
      lines: [{ fulfilled: 14, released: 1, allocations: line(14, ['main', 10], ['berlin', 4]).allocations }],
    });
    expect(await freeIn(shop)).toEqual([0, 11, 4]);
    await shop.soundAudit();
  });

  test('dispatches and releases the units of one location', async () => {
    await using shop = await open();
    const { reservations } = shop.holdfast;
    const { reservationId } = yes(await reservations.create(mugs('po-1', 13), OPERATOR));
    yes(await reservations.commit({ reservationId }, OPERATOR));
    const at = (location: string, quantity: number) => ({ sku: 'mug', quantity, location });
    const some = { reservationId, lines: [at('berlin', 2), at('main', 1), { sku: 'mug', quantity: 1 }] };
    yes(await reservations.fulfil(some, { ...OPERATOR, idempotencyKey: 'sent' }));
    expect(await onHandIn(shop)).toEqual([8, 13, 4]);
    const tooMany = { reservationId, lines: [at('berlin', 2)] };
    const left = { reason: 'exceeds_unfulfilled', meta: { sku: 'mug', unfulfilled: 1 } };
    expect(no(await reservations.fulfil(tooMany, { ...OPERATOR, idempotencyKey: 'more' }))).toEqual(left);
    expect(no(await reservations.release({ reservationId, lines: [at('paris', 1)] }, OPERATOR))).toEqual({
      ...left,
      meta: { sku: 'mug', unfulfilled: 0 },
    });
    const released = yes(await reservations.release({ reservationId, lines: [at('main', 8)] }, OPERATOR));
    expect(released.lines).toEqual([{ ...line(13, ['main', 2], ['berlin', 3]), fulfilled: 4, released: 8 }]);
    expect(await freeIn(shop)).toEqual([8, 12, 4]);
    await shop.soundAudit();
  });

  test('takes as few parcels as possible, only some locations, or those of a channel', async () => {
    await using shop = await open();
    const { reservations } = shop.holdfast;
    const of = async (reference: string, quantity: number, rest: object) => {
      const made = yes(await reservations.create({ ...mugs(reference, quantity), ...rest }, OPERATOR));
      yes(await reservations.release({ reservationId: made.reservationId }, OPERATOR));
      return made.lines;
    };
    expect(await of('a', 13, { sourcing: 'fewest_parcels' })).toEqual([line(13, ['berlin', 13])]);
    expect(await of('b', 3, { locations: ['berlin'] })).toEqual([line(3, ['berlin', 3])]);
    expect(await of('c', 16, { locations: ['berlin', 'main'] })).toEqual([line(16, ['berlin', 15], ['main', 1])]);
    expect(await of('d', 29, { channel: 'web' })).toEqual([line(29, ['main', 10], ['berlin', 15], ['paris', 4])]);
    const refused = async (quantity: number, rest: object) =>
      no(await reservations.create({ ...mugs('x', quantity), ...rest }, OPERATOR));
    const short = (requested: number, available: number) => ({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'mug', requested, available }] },
    });
    expect(await refused(26, { channel: 'pos' })).toEqual(short(26, 25));
    expect(await refused(16, { locations: ['berlin'] })).toEqual(short(16, 15));
    expect(await refused(1, { locations: ['rome'] })).toEqual({
      reason: 'unknown_location',
      meta: { location: 'rome' },
    });
    const most = { lines: [{ sku: 'mug', quantity: 99, mode: 'best_effort' as const }], channel: 'web' };
    expect(await of('e', 0, most)).toEqual([line(29, ['main', 10], ['berlin', 15], ['paris', 4])]);
    await shop.soundAudit();
  });

  test('many calls at once over two processes sell exactly the sum of the locations', async () => {
    await using shop = await open();
    const other = await shop.another(engine);
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? shop.holdfast : other).reservations.create(
          { ...mugs(`po-${index}`, 3), channel: 'web' },
          OPERATOR,
        ),
      ),
    );
    const granted = made.flatMap((result) => (result.ok ? result.value.lines : []));
    for (const { quantity, allocations } of granted) {
      expect(allocations.reduce((units, each) => units + each.quantity, 0)).toBe(quantity);
    }
    expect(granted).toHaveLength(9);
    expect(await freeIn(shop)).toEqual([0, 0, 2]);
    await shop.soundAudit();
  });
});

const mugs = (reference: string, quantity: number) => ({
  reference,
  lines: lines(['mug', quantity]),
  ttlMs: TTL_MS,
});

const line = (quantity: number, ...allocations: readonly (readonly [string, number])[]) => ({
  sku: 'mug',
  quantity,
  fulfilled: 0,
  released: 0,
  backordered: 0,
  allocations: allocations.map(([location, units]) => ({ location, quantity: units })),
});

async function receiveAt(shop: Shop, location: string, units: number): Promise<void> {
  const key = stockKey('mug', location);
  const { answers } = await shop.store.apply([transaction(`stock-${location}`, [configure(key), receive(key, units)])]);
  expect(answers).toMatchObject([{ status: 'applied' }]);
}

/** Returns the units that nobody has at `main`, in `berlin` and in `paris`. */
const freeIn = async (shop: Shop): Promise<number[]> =>
  (await stockIn(shop)).map(({ onHand, reserved, committed }) => onHand - reserved - committed);

const onHandIn = async (shop: Shop): Promise<number[]> => (await stockIn(shop)).map(({ onHand }) => onHand);

async function stockIn(shop: Shop): Promise<StockRecord[]> {
  const skus = ['main', 'berlin', 'paris'].map((location) => stockKey('mug', location));
  const [view] = await shop.store.read([{ skus }]);
  return view?.stock.filter((record) => record !== null) ?? [];
}
