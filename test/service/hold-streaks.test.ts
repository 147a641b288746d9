import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const MINUTE_MS = 60_000;
const [TTL_MS, LIFETIME_MS, COOLDOWN_MS] = [15 * MINUTE_MS, 60 * MINUTE_MS, 15 * MINUTE_MS];

describe.each(engines)('the lifetime of a session and a SKU, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (holdCooldownMs = COOLDOWN_MS): Promise<Shop> => {
    const settings = { holdTtlMs: TTL_MS, holdLifetimeMaxMs: LIFETIME_MS, holdCooldownMs };
    const shop: Shop = await openShopWith(engine, { settings, now: () => shop?.clock.now ?? START });
    await shop.supply('drop', { units: 500 });
    await shop.supply('pen', { units: 500 });
    return shop;
  };
  const eve = shopper('eve');
  const add = (shop: Shop, call: Call = eve(), sku = 'drop') => shop.holdfast.carts.add({ sku, quantity: 1 }, call);
  const remove = async (shop: Shop): Promise<unknown> => yes(await shop.holdfast.carts.remove({ sku: 'drop' }, eve()));
  const pass = (shop: Shop, minutes: number): void => void (shop.clock.now += minutes * MINUTE_MS);
  const endOf = async (shop: Shop): Promise<number> => {
    const { lines } = yes(await shop.holdfast.carts.get({}, eve()));
    return (lines.find(({ sku }) => sku === 'drop')?.expiresAt ?? NaN) - START;
  };

  test('removing and adding a line does not begin a new lifetime', async () => {
    await using shop = await open();
    yes(await add(shop));
    for (let minutes = 10; minutes < 60; minutes += 10) {
      pass(shop, 10);
      await remove(shop);
      yes(await add(shop));
      expect(await endOf(shop)).toBe(Math.min(LIFETIME_MS, minutes * MINUTE_MS + TTL_MS));
    }
    yes(await shop.holdfast.carts.extend({}, eve()));
    expect(await endOf(shop)).toBe(LIFETIME_MS);
    pass(shop, 10);
    expect(no(await add(shop))).toEqual({
      reason: 'hold_cap',
      meta: { sku: 'drop', limit: 0, held: 0, retryAfterMs: COOLDOWN_MS },
    });
    pass(shop, 10);
    expect(no(await add(shop))).toMatchObject({ meta: { retryAfterMs: 5 * MINUTE_MS } });
    pass(shop, 5);
    yes(await add(shop));
    expect(await endOf(shop)).toBe(75 * MINUTE_MS + TTL_MS);
    await shop.soundAudit();
  });

  test('a line that is kept by extending it uses up the lifetime too', async () => {
    await using shop = await open();
    yes(await add(shop));
    for (let minutes = 10; minutes < 60; minutes += 10) {
      pass(shop, 10);
      yes(await shop.holdfast.carts.extend({}, eve()));
    }
    pass(shop, 10);
    expect(no(await add(shop))).toMatchObject({ reason: 'hold_cap', meta: { retryAfterMs: COOLDOWN_MS } });
  });

  test('a shopper who comes back after the cool-down, or takes another SKU, has a whole lifetime', async () => {
    await using shop = await open();
    yes(await add(shop));
    await remove(shop);
    pass(shop, 14);
    yes(await add(shop));
    await remove(shop);
    yes(await add(shop, eve(), 'pen'));
    yes(await add(shop, shopper('ann')()));
    pass(shop, 15);
    yes(await add(shop));
    for (let minutes = 0; minutes < 50; minutes += 10) {
      pass(shop, 10);
      yes(await shop.holdfast.carts.extend({}, eve()));
    }
    expect(await endOf(shop)).toBe(29 * MINUTE_MS + LIFETIME_MS);
  });

  test('an addition that is refused begins no streak', async () => {
    await using shop = await open();
    yes(
      await shop.holdfast.stock.define(
        { sku: 'drop', safetyStock: 500 },
        { caller: { ...eve().caller, kind: 'operator' } },
      ),
    );
    expect(no(await add(shop))).toMatchObject({ reason: 'insufficient_stock' });
    pass(shop, 10);
    yes(
      await shop.holdfast.stock.define(
        { sku: 'drop', safetyStock: 0 },
        { caller: { ...eve().caller, kind: 'operator' } },
      ),
    );
    yes(await add(shop));
    expect((await shop.store.listHolds({ sku: 'drop', limit: 1 }))[0]).toMatchObject({ createdAt: shop.clock.now });
  });

  test('an operator on behalf of a session is exempt, and without a cool-down everybody is', async () => {
    for (const [cooldownMs, call] of [
      [COOLDOWN_MS, { caller: { ...eve().caller, byOperator: true } } as Call],
      [0, eve()],
    ] as const) {
      await using shop = await open(cooldownMs);
      yes(await add(shop, call));
      pass(shop, 10);
      await remove(shop);
      yes(await add(shop, call));
      expect((await shop.store.listHolds({ sku: 'drop', limit: 1 }))[0]).toMatchObject({ createdAt: shop.clock.now });
    }
  });
});
