import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldRecord } from '../../src/domain/records.ts';
import { FILLS_MAX } from '../../src/shop/stock/supply/backorders.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { Dice } from '../support/dice.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, type Shop, yes } from '../support/shop.ts';

const DISPATCH = { settings: { sellAt: 'dispatch' } } as const;

describe.each(engines)('backorders of many buyers at once on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** A SKU with so many units on hand and so much room, and the services of two processes. */
  const open = async (units: number, backorderLimit: number) => {
    const shop = await openShopWith(engine, DISPATCH);
    await shop.supply('mug', { units, backorderLimit });
    return { shop, both: [shop.holdfast, await shop.another(engine, DISPATCH)] as const };
  };
  const reserve = (holdfast: Holdfast, reference: string, quantity: number) =>
    holdfast.inventory.reserve({ sku: 'mug', quantity, reference, mode: 'best_effort' }, OPERATOR);
  const receive = (holdfast: Holdfast, quantity: number) => holdfast.stock.receive({ sku: 'mug', quantity }, OPERATOR);
  const level = async ({ holdfast }: Shop) => yes(await holdfast.stock.level({ sku: 'mug' }));
  const oldestFirst = async ({ store }: Shop): Promise<HoldRecord[]> =>
    (await store.listHolds({ sku: 'mug', limit: 5_000 })).sort(
      (a, b) => a.createdAt - b.createdAt || (a.holdId < b.holdId ? -1 : 1),
    );

  test('they get exactly the units on hand and the limit, and never one more', async () => {
    const { shop, both } = await open(10, 15);
    await using _ = shop;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_each, n) => reserve(both[n % 2 === 0 ? 0 : 1], `r${n}`, 1 + (n % 3))),
    );
    const holds = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
    const sum = (units: readonly number[]): number => units.reduce((total, each) => total + each, 0);
    expect(sum(holds.map(({ quantity }) => quantity))).toBe(25);
    expect(sum(holds.map(({ backordered = 0 }) => backordered))).toBe(15);
    expect(await level(shop)).toMatchObject({ onHand: 10, reserved: 25, backordered: 15, available: 0 });
    await shop.soundAudit();
  });

  test('while units arrive and holds end, no buyer overtakes, and what is left is filled', async () => {
    const { shop, both } = await open(5, 60);
    await using _ = shop;
    const dice = new Dice(7, 'backorders');
    const act = async (holdfast: Holdfast, n: number): Promise<void> => {
      const answer = await reserve(holdfast, `r${n}`, dice.between(1, 3));
      if (n % 3 === 0) yes(await receive(holdfast, dice.between(1, 3)));
      if (n % 4 === 0 && answer.ok) yes(await holdfast.inventory.release({ holdId: answer.value.holdId }, OPERATOR));
      const { onHand, reserved } = await level(shop);
      expect(reserved - onHand).toBeLessThanOrEqual(60);
    };
    await Promise.all(Array.from({ length: 48 }, (_each, n) => act(both[n % 2 === 0 ? 0 : 1], n)));
    await shop.holdfast.expiry.sweepNow();
    const { onHand, reserved, backordered } = await level(shop);
    expect(backordered).toBe(Math.max(0, reserved - onHand));
    for (const entry of await shop.store.feed({ after: null, limit: 5_000 })) {
      if (entry.kind !== 'reserved') continue;
      const free = Math.max(0, entry.onHand.before - entry.reserved.before - entry.committed.before);
      const covered = entry.quantity - (entry.backordered.after - entry.backordered.before);
      expect(covered).toBe(Math.min(entry.quantity, free));
    }
    await shop.soundAudit();
  });

  test('a delivery for more holds than one transaction fills goes to the oldest ones', async () => {
    const { shop, both } = await open(0, 1_000);
    await using _ = shop;
    const count = FILLS_MAX + 120;
    for (let n = 0; n < count; n += 62) {
      shop.clock.now += 1;
      await Promise.all(Array.from({ length: 62 }, (_each, k) => reserve(both[0], `r${n + k}`, 1)));
    }
    const filled = async (): Promise<number[]> =>
      (await oldestFirst(shop)).flatMap(({ backordered }, n) => (backordered === 0 ? [n] : []));
    const first = (units: number): number[] => Array.from({ length: units }, (_each, n) => n);
    yes(await receive(both[0], FILLS_MAX + 60));
    expect(await filled()).toEqual(first(FILLS_MAX));
    await shop.holdfast.expiry.sweepNow();
    expect(await filled()).toEqual(first(FILLS_MAX + 60));
    await shop.soundAudit();
  });

  test('units that were sold twice on paper leave once: 110 of 100 are sold, 100 leave, and the count stays right', async () => {
    const { shop, both } = await open(100, 10);
    await using _ = shop;
    const sold: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      const input = { reference: `po-${n}`, lines: [{ sku: 'mug', quantity: 10 }], ttlMs: null };
      const { reservationId } = yes(await both[0].reservations.create(input, OPERATOR));
      sold.push(yes(await both[0].reservations.commit({ reservationId }, OPERATOR)).reservationId);
    }
    yes(await both[0].stock.count({ sku: 'mug', onHand: 100, expectedOnHand: 100 }, OPERATOR));
    expect(await level(shop)).toMatchObject({ onHand: 100, committed: 110, backordered: 10, available: 0 });
    const left = await Promise.all(
      sold.map((reservationId) => both[0].reservations.fulfil({ reservationId }, OPERATOR)),
    );
    expect(left.map(({ ok }) => ok)).toEqual([...Array<boolean>(10).fill(true), false]);
    expect(left.at(-1)).toMatchObject({ refusal: { reason: 'insufficient_stock' } });
    expect(await level(shop)).toMatchObject({ onHand: 0, committed: 10, backordered: 10 });
    yes(await receive(both[0], 10));
    expect(yes(await both[0].reservations.fulfil({ reservationId: sold[10] ?? '' }, OPERATOR)).status).toBe(
      'fulfilled',
    );
    await shop.soundAudit();
  });
});
