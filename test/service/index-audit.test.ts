import { describe, expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { type MeddledShop, meddledKinds } from '../support/meddled-shop.ts';
import { engines } from '../support/engines.ts';
import type { Call } from '../../src/contract/calls/call.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { audited, no, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const HOUR_MS = 3_600_000;
/** SKUs of real catalogs have blanks. */
const CUP = 'cup 0,3 l';
const anna = shopper('anna', 'customer:anna');
const ben = shopper('ben', 'customer:ben');
const carl = shopper('carl', 'customer:carl');

/** The cup has a limit of 2. Anna holds two, Ben has bought one, and Carl has one order to pay. */
async function fill({ stock, carts, checkout }: Holdfast): Promise<void> {
  yes(await stock.define({ sku: CUP, limitPerCustomer: 2 }, OPERATOR));
  yes(await stock.receive({ sku: CUP, quantity: 10 }, OPERATOR));
  yes(await carts.add({ sku: CUP, quantity: 2 }, anna()));
  yes(await carts.add({ sku: CUP, quantity: 1 }, ben()));
  yes(await checkout.place({}, ben('buy')));
  yes(await carts.add({ sku: CUP, quantity: 1 }, carl()));
  yes(await checkout.begin({}, carl('pay')));
}

const rulesOf = async (holdfast: Holdfast): Promise<string[]> => {
  const { ok, violations } = await audited(holdfast);
  expect(ok).toBe(violations.length === 0);
  return [...new Set(violations.map(({ rule }) => rule))].sort();
};

/** Checks that lists show all records, that the limit is enforced, and that every hold and cart ends. */
async function expectWhole(holdfast: Holdfast, clock: { now: number }): Promise<void> {
  const { stock, holds, orders, carts, expiry } = holdfast;
  expect(yes(await stock.list({})).items.map(({ sku }) => sku)).toEqual([CUP]);
  expect(yes(await holds.list({})).items).toHaveLength(2);
  expect(yes(await orders.list({ status: 'placed' })).items).toHaveLength(1);
  expect(yes(await orders.list({ status: 'awaiting_payment' })).items).toHaveLength(1);
  expect(no(await carts.add({ sku: CUP, quantity: 2 }, ben())).reason).toBe('limit_exceeded');
  clock.now += 10 * HOUR_MS;
  await expiry.sweepNow();
  expect(yes(await stock.level({ sku: CUP }))).toMatchObject({ onHand: 9, reserved: 0, available: 9 });
  expect(yes(await orders.list({ status: 'expired' })).items).toHaveLength(1);
  expect(yes(await carts.get({}, anna())).lines).toEqual([]);
}

describe.each(meddledKinds)('the indexes of $name', ({ indexes, open }) => {
  async function expectMended(damage: (shop: MeddledShop) => Promise<void>, rule: string): Promise<void> {
    const clock = { now: START };
    await using shop = await open(clock);
    const before = createHoldfast({ store: shop.store, settings: { sellAt: 'sale' } });
    await fill(before);
    expect(await rulesOf(before)).toEqual([]);
    await before.close();
    await damage(shop);
    const holdfast = createHoldfast({ store: shop.store, settings: { sellAt: 'sale' } });
    expect(await rulesOf(holdfast)).toContain(rule);
    const repair = yes(await holdfast.repairIndexes(OPERATOR));
    expect(repair.rules.map((each) => each.rule)).toContain(rule);
    expect(repair.mended).toBeGreaterThan(0);
    expect(await rulesOf(holdfast)).toEqual([]);
    expect(yes(await holdfast.repairIndexes(OPERATOR))).toEqual({ mended: 0, rules: [], entries: [] });
    await expectWhole(holdfast, clock);
    expect(await rulesOf(holdfast)).toEqual([]);
    await holdfast.close();
  }

  test.each(indexes)('reports the loss of $index as $rule and repairs it', ({ index, rule }) =>
    expectMended((shop) => shop.lose(index), rule),
  );

  test.each(indexes.filter(({ canForge }) => canForge))(
    'reports a stray entry in $index as $rule and deletes it',
    (each) => expectMended((shop) => shop.forge(each.index), each.rule),
  );
});

describe.each(engines)('auditing the indexes of $name', (engine) => {
  test('finds no fault during traffic or after a repair without faults', { timeout: 60_000 }, async () => {
    await engine.start();
    try {
      const settings = { holdUnitsMaxSession: 100, holdShareMaxClient: 50 };
      await using shop = await openShopWith(engine, { settings });
      const { holdfast } = shop;
      await shop.supply(CUP, { units: 10_000, limitPerCustomer: 5 });
      const over = new AbortController();
      const shoppers = Array.from({ length: 20 }, async (_, index) => {
        for (let round = 0; !over.signal.aborted; round += 1) {
          const { caller } = shopper(`s${index}-${round % 7}`, `customer:${index}-${round}`)();
          const call = (key?: string): Call => ({
            caller: { ...caller, client: `clt_${index % 3}` },
            ...(key === undefined ? {} : { idempotencyKey: key }),
          });
          yes(await holdfast.carts.add({ sku: CUP, quantity: 1 }, call()));
          if (round % 3 === 0) yes(await holdfast.checkout.place({}, call(`buy-${index}-${round}`)));
          else if (round % 3 === 1) yes(await holdfast.carts.empty({}, call()));
          shop.clock.now += 1_000;
        }
      });
      for (let round = 0; round < 6; round += 1) {
        expect((await audited(holdfast)).violations).toEqual([]);
        expect(yes(await holdfast.repairIndexes(OPERATOR)).mended).toBe(0);
      }
      over.abort();
      await Promise.all(shoppers);
      await shop.soundAudit();
    } finally {
      await engine.stop();
    }
  });
});

test('reports counts of held units that are too high or too low on the memory store, and corrects them', async () => {
  const store = openMemoryStore({ shop: 'test', clock: () => START });
  const holdfast = createHoldfast({
    store,
    settings: { sellAt: 'sale', holdUnitsMaxSession: 100, holdShareMaxClient: 50 },
  });
  await fill(holdfast);
  const { caller } = shopper('eve', 'customer:eve')();
  yes(await holdfast.stock.define({ sku: 'mug' }, OPERATOR));
  yes(await holdfast.stock.receive({ sku: 'mug', quantity: 10 }, OPERATOR));
  yes(await holdfast.carts.add({ sku: 'mug', quantity: 3 }, { caller: { ...caller, client: 'clt_eve' } }));
  const { counts } = store.tables;
  const right = new Map(counts);
  expect(right.get('held:clt_eve mug')).toBe(3);
  counts.set('held:clt_eve mug', 4);
  counts.set('held:customer:eve mug', 1);
  counts.set('held:clt_gone mug', 5);
  const { violations } = await audited(holdfast);
  expect(violations.map(({ rule, found, expected }) => [rule, found, expected]).toSorted()).toEqual([
    ['index_counts', 'held:clt_eve has 4 of mug', '3, in live holds'],
    ['index_counts', 'held:clt_gone has 5 of mug', '0, in live holds'],
    ['index_counts', 'held:customer:eve has 1 of mug', '3, in live holds'],
  ]);
  expect(yes(await holdfast.repairIndexes(OPERATOR)).mended).toBe(3);
  expect(new Map(counts)).toEqual(right);
  await holdfast.close();
});
