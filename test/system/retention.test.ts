import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import type { Store } from '../../src/store/store.ts';
import { type Clock, embeddedEngine, redisEngine } from '../support/engines.ts';
import type { Entries } from '../support/entries.ts';
import { audited, OPERATOR, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const SHOPPERS = 200;
const FEW = 10;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Each shopper ends in one of four ways: pays and gets the goods, clears the cart, removes the line, or leaves. */
async function visit({ carts, checkout, orders }: Holdfast, index: number): Promise<void> {
  const call = shopper(`visitor-${index}`);
  yes(await carts.add({ sku: 'tea', quantity: 1 }, call()));
  yes(await carts.add({ sku: 'mug', quantity: 2 }, call('a key of its own')));
  const endings: (() => Promise<unknown>)[] = [
    async () => {
      const { orderId } = yes(await checkout.place({}, call('pay')));
      yes(await orders.fulfil({ orderId }, OPERATOR));
    },
    async () => yes(await carts.empty({}, call('empty'))),
    async () => yes(await carts.remove({ sku: 'tea' }, call())),
    () => Promise.resolve(),
  ];
  await endings[index % endings.length]!();
}

async function supply({ stock }: Holdfast): Promise<void> {
  for (const sku of ['tea', 'mug']) {
    yes(await stock.define({ sku, limitPerCustomer: 10 }, OPERATOR));
    yes(await stock.receive({ sku, quantity: 10_000 }, OPERATOR));
  }
}

/** What sweeping servers would have done since the last change, long ago. */
async function pass(ms: number, clock: Clock, { expiry }: Holdfast): Promise<void> {
  clock.now += ms;
  await expiry.sweepNow();
}

/** All but the ledger, which is trimmed only after a verified fold, and the requests of the last sweep itself. */
const records = (entries: Entries): Entries =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => !/^(ledger|requests.*)$/.test(name)));

const sum = (entries: Entries, pattern: RegExp): number =>
  Object.entries(entries).reduce((total, [name, count]) => total + (pattern.test(name) ? count : 0), 0);

interface Life {
  store: Store;
  holdfast: Holdfast;
  clock: Clock;
}

async function liveThroughAYear({ holdfast, clock }: Life, shoppers: number): Promise<void> {
  await supply(holdfast);
  await Promise.all(Array.from({ length: shoppers }, (_, index) => visit(holdfast, index)));
  await pass(2 * 60 * MINUTE_MS, clock, holdfast);
  await pass(3 * DAY_MS, clock, holdfast);
  for (let days = 0; days < 366; days += 122) await pass(122 * DAY_MS, clock, holdfast);
  await pass(3 * DAY_MS, clock, holdfast);
}

describe.each([embeddedEngine, redisEngine])('what a shop keeps, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('removes requests, ended holds and cleared carts within days, by the sweep alone', {
    timeout: 60_000,
  }, async () => {
    const clock = { now: START };
    await using opened = await engine.open(clock);
    const holdfast = createHoldfast({ store: opened.store });
    await supply(holdfast);
    await Promise.all(Array.from({ length: SHOPPERS }, (_, index) => visit(holdfast, index)));
    await pass(2 * 60 * MINUTE_MS, clock, holdfast);
    await pass(DAY_MS, clock, holdfast);
    await pass(DAY_MS, clock, holdfast);
    await holdfast.close();
    const kept = await opened.entries();
    expect(sum(kept, /requests/)).toBeLessThan(FEW);
    expect(sum(kept, /ended/)).toBe(0);
    expect(sum(kept, /^holds$/)).toBe(0);
    // Each order, its entry in the list of its shopper, the cursor of the expiry effects, and an event for each SKU.
    expect(sum(kept, /^(docs|documents)$/)).toBe(2 * (SHOPPERS / 4) + 1 + 2);
  });

  test('a client’s own key has one effect for a day, and is forgotten after two', async () => {
    const clock = { now: START + DAY_MS - 1 };
    await using opened = await engine.open(clock);
    const holdfast = createHoldfast({ store: opened.store });
    await supply(holdfast);
    const add = async () => {
      yes(await holdfast.carts.add({ sku: 'tea', quantity: 3 }, shopper('ann')('a key of hers')));
      return yes(await holdfast.stock.level({ sku: 'tea' })).reserved;
    };
    expect(await add()).toBe(3);
    await pass(2 * 60 * MINUTE_MS, clock, holdfast);
    expect(await add()).toBe(0);
    await pass(22 * 60 * MINUTE_MS, clock, holdfast);
    expect(await add()).toBe(0);
    await pass(DAY_MS + 1, clock, holdfast);
    expect(await add()).toBe(3);
    await holdfast.close();
  });

  test('after a year a shop that served many shoppers keeps no more than one that served none', {
    timeout: 60_000,
  }, async () => {
    const kept = async (shoppers: number): Promise<Entries> => {
      const clock = { now: START };
      await using opened = await engine.open(clock);
      const holdfast = createHoldfast({ store: opened.store });
      await liveThroughAYear({ store: opened.store, holdfast, clock }, shoppers);
      const { ok, totals } = await audited(holdfast);
      expect([ok, totals.reserved, totals.sold]).toEqual([true, 0, (shoppers / 4) * 3]);
      await holdfast.close();
      const entries = await opened.entries();
      expect(sum(entries, /requests/)).toBeLessThan(FEW);
      return records(entries);
    };
    expect(await kept(SHOPPERS)).toEqual(await kept(0));
  });
});
