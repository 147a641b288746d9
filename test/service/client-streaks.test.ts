import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/call.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const MINUTE_MS = 60_000;
const [TTL_MS, LIFETIME_MS, COOLDOWN_MS] = [15 * MINUTE_MS, 120 * MINUTE_MS, 15 * MINUTE_MS];
const [memory] = engines;
if (!memory) throw new Error('there are no engines');

describe('the lifetime of a client and a SKU', () => {
  beforeAll(() => memory.start());
  afterAll(() => memory.stop());

  /** A client may have 50 units of the drop. */
  const open = async (): Promise<Shop> => {
    const settings = { holdTtlMs: TTL_MS, holdLifetimeMaxMs: LIFETIME_MS, holdCooldownMs: COOLDOWN_MS };
    const shop: Shop = await openShopWith(memory, { settings, now: () => shop?.clock.now ?? START });
    await shop.supply('drop', { units: 500 });
    return shop;
  };
  const callOf = (name: string, client = 'clt_1', customer: string | null = null): Call => ({
    caller: { ...shopper(name, customer)().caller, client },
  });
  const add = (shop: Shop, call: Call, quantity = 1) => shop.holdfast.carts.add({ sku: 'drop', quantity }, call);
  const remove = async (shop: Shop, call: Call): Promise<unknown> =>
    yes(await shop.holdfast.carts.remove({ sku: 'drop' }, call));
  const pass = (shop: Shop, minutes: number): void => void (shop.clock.now += minutes * MINUTE_MS);
  const createdAt = async (shop: Shop, call: Call): Promise<number | undefined> => {
    const holds = await shop.store.listHolds({ sku: 'drop', limit: 200 });
    const created = holds.find(({ owner }) => owner === `cart:${call.caller.cartId}`)?.createdAt;
    return created === undefined ? undefined : (created - START) / MINUTE_MS;
  };

  test('fresh sessions that take the units one after the other share one lifetime', async () => {
    await using shop = await open();
    for (let minute = 0; minute < 110; minute += 10) {
      const call = callOf(`fresh-${minute}`);
      yes(await add(shop, call));
      expect(await createdAt(shop, call)).toBe(0);
      pass(shop, 10);
      await (minute % 20 === 0 ? remove(shop, call) : shop.holdfast.carts.empty({}, call));
    }
    expect(no(await add(shop, callOf('fresh-110')))).toEqual({
      reason: 'hold_cap',
      meta: { sku: 'drop', limit: 0, held: 0, retryAfterMs: COOLDOWN_MS },
    });
    yes(await add(shop, callOf('elsewhere', 'clt_2')));
    pass(shop, 15);
    const rested = callOf('rested');
    yes(await add(shop, rested));
    expect(await createdAt(shop, rested)).toBe(125);
    await shop.soundAudit();
  });

  test('a hold that has expired leaves its lifetime to the next session, too', async () => {
    await using shop = await open();
    yes(await add(shop, callOf('one'), 3));
    pass(shop, 16);
    const next = callOf('next');
    yes(await add(shop, next, 2));
    expect(await createdAt(shop, next)).toBe(0);
    const third = callOf('third');
    yes(await add(shop, third, 2));
    expect(await createdAt(shop, third)).toBe(0);
  });

  test('shoppers of one client who have units at the same time have lifetimes of their own', async () => {
    await using shop = await open();
    for (let minute = 0; minute < 15; minute += 5) {
      const call = callOf(`neighbor-${minute}`);
      yes(await add(shop, call));
      expect(await createdAt(shop, call)).toBe(minute);
      pass(shop, 5);
    }
  });

  test('the youngest of the ended streaks goes on, and a named customer has a streak of its own', async () => {
    await using shop = await open();
    const [old, young, named] = [callOf('old'), callOf('young'), callOf('ann', 'clt_1', 'customer:ann')];
    yes(await add(shop, old));
    pass(shop, 10);
    yes(await add(shop, young));
    pass(shop, 4);
    await remove(shop, old);
    await remove(shop, young);
    yes(await add(shop, named));
    expect((await shop.store.listHolds({ sku: 'drop', limit: 9 }))[0]).toMatchObject({ createdAt: shop.clock.now });
    yes(await add(shop, callOf('next')));
    expect(await createdAt(shop, callOf('next'))).toBe(10);
  });

  test('units of a used-up lifetime count in the share of the client until they have rested', async () => {
    await using shop = await open();
    const [idle, other] = [callOf('idle'), callOf('other')];
    yes(await add(shop, idle, 20));
    for (let minute = 0; minute < 100; minute += 10) {
      pass(shop, 10);
      yes(await shop.holdfast.carts.extend({}, idle));
    }
    yes(await add(shop, other, 25));
    pass(shop, 10);
    await remove(shop, idle);
    expect(no(await add(shop, callOf('next'), 10))).toEqual({
      reason: 'hold_cap',
      meta: { sku: 'drop', limit: 50, held: 45 },
    });
    yes(await add(shop, callOf('next'), 5));
    expect(await createdAt(shop, callOf('next'))).toBe(110);
    await shop.soundAudit();
  });
});
