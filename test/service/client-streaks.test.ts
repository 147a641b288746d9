import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call, Result } from '../../src/contract/calls/call.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { HoldStreaks } from '../../src/shop/cart/hold-streaks.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, OPERATOR, type Shop, shopper, yes } from '../support/shop.ts';
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
      if (minute % 30 === 0) await remove(shop, call);
      else if (minute % 30 === 10) yes(await shop.holdfast.carts.empty({}, call));
      else yes(await shop.holdfast.carts.setQuantity({ sku: 'drop', quantity: 0 }, call));
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

  test('the youngest ended streak continues first, and a named customer has a streak of its own', async () => {
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

  const extendFor = async (shop: Shop, call: Call, minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 10) {
      pass(shop, 10);
      yes(await shop.holdfast.carts.extend({}, call));
    }
  };
  const setQuantity = (shop: Shop, call: Call, quantity: number) =>
    shop.holdfast.carts.setQuantity({ sku: 'drop', quantity }, call);
  const ALL_HELD = { reason: 'hold_cap', meta: { sku: 'drop', limit: 50 } };

  test('units that a session gives up while it keeps others go on with its streak, too', async () => {
    await using shop = await open();
    const [keeper, next, later] = [callOf('keeper'), callOf('next'), callOf('later')];
    yes(await add(shop, keeper, 40));
    await extendFor(shop, keeper, 60);
    yes(await setQuantity(shop, keeper, 1));
    yes(await add(shop, next, 39));
    expect(await createdAt(shop, next)).toBe(0);
    await remove(shop, next);
    await extendFor(shop, keeper, 50);
    yes(await add(shop, later, 10));
    expect(await createdAt(shop, later)).toBe(110);
  });

  test('units that a session gave up and takes again are its own', async () => {
    await using shop = await open();
    const keeper = callOf('keeper');
    yes(await add(shop, keeper, 50));
    await extendFor(shop, keeper, 110);
    yes(await setQuantity(shop, keeper, 1));
    expect(no(await add(shop, callOf('next'), 49))).toMatchObject({ reason: 'hold_cap' });
    yes(await setQuantity(shop, keeper, 30));
    await remove(shop, keeper);
    yes(await add(shop, keeper, 50));
    expect(await createdAt(shop, keeper)).toBe(0);
    await shop.soundAudit();
  });

  test.each([50, 110])(
    'a line that is younger does not grow by units that have been held for %i minutes',
    async (age) => {
      await using shop = await open();
      const [old, young] = [callOf('old'), callOf('young')];
      yes(await add(shop, old, 45));
      await extendFor(shop, old, age);
      yes(await add(shop, young, 2));
      await remove(shop, old);
      expect(no(await setQuantity(shop, young, 6))).toMatchObject(ALL_HELD);
      expect(no(await add(shop, young, 4))).toMatchObject(ALL_HELD);
      yes(await setQuantity(shop, young, 5));
      await shop.soundAudit();
    },
  );

  test('units that were sold leave no lifetime to the next session', async () => {
    await using shop = await open();
    const buyer = callOf('buyer');
    yes(await add(shop, buyer));
    pass(shop, 10);
    yes(await shop.holdfast.checkout.place({}, { ...buyer, idempotencyKey: 'sale' }));
    pass(shop, 10);
    const next = callOf('next');
    yes(await add(shop, next));
    expect(await createdAt(shop, next)).toBe(20);
  });

  test.each([
    ['the library releases a line', ({ carts }, cartId) => carts.releaseAndDeleteLine(cartId, 'drop')],
    ['the library clears a cart', ({ carts }, cartId) => carts.clear(cartId)],
    ['an operator releases a hold', ({ holds }, _, holdId) => holds.release({ holdId, reason: 'check' }, OPERATOR)],
    ['an operator releases holds', ({ holds }) => holds.releaseWhere({ sku: 'drop', reason: 'check' }, OPERATOR)],
  ] satisfies [string, (holdfast: Shop['holdfast'], cartId: string, holdId: string) => Promise<Result<unknown>>][])(
    '%s, and the lifetime goes on in the next session at once',
    async (_, release) => {
      await using shop = await open();
      const [first, next] = [callOf('first'), callOf('next')];
      const { cartId, lines } = yes(await add(shop, first));
      pass(shop, 10);
      yes<unknown>(await release(shop.holdfast, cartId, lines[0]?.holdId ?? ''));
      yes(await add(shop, next));
      expect(await createdAt(shop, next)).toBe(0);
    },
  );

  test('streaks that are forgotten do not go on in the lists of clients', () => {
    let now = START;
    const settings = { ...DEFAULT_SETTINGS, holdCooldownMs: COOLDOWN_MS };
    const streaks = new HoldStreaks(settings, () => now);
    const cartOf = (quantity: number) => ({
      serverTime: now,
      lines: [{ sku: 'drop', quantity, holdId: 'hld_1', expiresAt: now + TTL_MS }],
    });
    const [first, fresh] = [
      { name: 'cart:first', client: 'clt_1' },
      { name: 'cart:fresh', client: 'clt_1' },
    ];
    streaks.observe(first, 'drop', cartOf(1));
    now += MINUTE_MS;
    streaks.observe(first, 'drop', { serverTime: now, lines: [] });
    expect(streaks.ageOf(fresh, 'drop', 1)).toMatchObject({ ageMs: MINUTE_MS });
    for (let index = 0; index < 100_000; index += 1) {
      streaks.observe({ name: `cart:${index}`, client: `clt_of_${index}` }, 'drop', cartOf(1));
    }
    expect(streaks.ageOf(fresh, 'drop', 1)).toMatchObject({ ageMs: 0 });
  });

  test('a merge passes the age of the units on, to a session and to a customer', async () => {
    for (const customer of [null, 'customer:ann']) {
      await using shop = await open();
      const [guest, ann] = [callOf('guest'), callOf('ann', 'clt_1', customer)];
      yes(await add(shop, guest, 20));
      await extendFor(shop, guest, 60);
      const from = { cartId: 'crt_guest', principal: 'hash-of-guest', customer: null };
      yes(await shop.holdfast.carts.merge({ from }, ann));
      await remove(shop, ann);
      yes(await add(shop, ann, 20));
      const holds = await shop.store.listHolds({ sku: 'drop', limit: 9 });
      expect(holds.map(({ createdAt: at }) => at)).toEqual([START]);
      const fresh = callOf('fresh');
      yes(await add(shop, fresh, 20));
      expect(await createdAt(shop, fresh)).toBe(60);
    }
  });
});
