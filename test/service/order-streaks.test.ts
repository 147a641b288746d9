import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const MINUTE_MS = 60_000;
const [TTL_MS, LIFETIME_MS, COOLDOWN_MS] = [15 * MINUTE_MS, 60 * MINUTE_MS, 15 * MINUTE_MS];
const settings = { holdTtlMs: TTL_MS, holdLifetimeMaxMs: LIFETIME_MS, holdCooldownMs: COOLDOWN_MS };

describe.each(engines)('lifetimes of units in unpaid orders, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop: Shop = await openShopWith(engine, { settings, now: () => shop?.clock.now ?? START });
    await shop.supply('drop', { units: 500 });
    return shop;
  };
  const keyed = (name: string, key?: string, customer: string | null = null): Call => ({
    ...shopper(name, customer)(key),
    caller: { ...shopper(name, customer)().caller, client: `clt_${name.split('-')[0]}` },
  });
  const add = ({ holdfast }: Pick<Shop, 'holdfast'>, call: Call, quantity = 1) =>
    holdfast.carts.add({ sku: 'drop', quantity }, call);
  const pass = (shop: Shop, minutes: number): void => void (shop.clock.now += minutes * MINUTE_MS);
  const begin = async ({ holdfast }: Pick<Shop, 'holdfast'>, name: string, customer: string | null = null) =>
    yes(await holdfast.checkout.begin({}, keyed(name, `begin-${name}`, customer))).orderId;
  /** Adds a unit. Returns since when it counts as held, in minutes from `from`. */
  const ageAfter = async (shop: Shop, call: Call, from: number): Promise<number> => {
    yes(await add(shop, call));
    const holds = await shop.store.listHolds({ sku: 'drop', limit: 200 });
    const own = holds.find(({ owner }) => owner === `cart:${call.caller.cartId}`);
    return ((own?.createdAt ?? NaN) - from) / MINUTE_MS;
  };

  test('a holder who lets orders expire uses up the lifetime, and waits for the cool-down', async () => {
    await using shop = await open();
    for (const customer of [null, 'customer:bound']) {
      const call = (key?: string) => keyed(`eve-of-${customer ?? 'nobody'}`.replace(':', '-'), key, customer);
      for (const round of [1, 2]) {
        yes(await add(shop, call()));
        pass(shop, 14);
        yes(await shop.holdfast.checkout.begin({}, call(`begin-${round}`)));
        pass(shop, 17);
      }
      expect(no(await add(shop, call()))).toMatchObject({ reason: 'hold_cap', meta: { retryAfterMs: 13 * MINUTE_MS } });
      pass(shop, 13);
      yes(await add(shop, call()));
      pass(shop, 60);
    }
    await shop.soundAudit();
  });

  test('an order that another process has begun continues its streak there', async () => {
    await using shop = await open();
    const other = await shop.another(engine, { settings, now: () => shop.clock.now });
    yes(await add(shop, keyed('eve')));
    pass(shop, 14);
    await begin({ holdfast: other }, 'eve');
    pass(shop, 20);
    yes(await add({ holdfast: other }, keyed('eve')));
    const [hold] = await shop.store.listHolds({ sku: 'drop', limit: 9 });
    expect(hold?.createdAt).toBe(START);
  });

  test('an order that was cancelled or has failed ends at once, and one that was restored is in the cart', async () => {
    await using shop = await open();
    const { checkout } = shop.holdfast;
    const from = shop.clock.now;
    const names = ['cancelled', 'failed', 'restored', 'later'];
    for (const name of names) yes(await add(shop, keyed(name)));
    const [cancelled, failed, restored] = await Promise.all(names.map((name) => begin(shop, name)));
    pass(shop, 5);
    yes(await checkout.cancel({ orderId: cancelled! }, keyed('cancelled')));
    yes(await checkout.lapse({ orderId: failed! }, OPERATOR));
    yes(await checkout.cancel({ orderId: restored!, restoreCart: true }, keyed('restored')));
    pass(shop, 15);
    expect(await ageAfter(shop, keyed('cancelled'), from)).toBe(20);
    expect(await ageAfter(shop, keyed('failed'), from)).toBe(20);
    pass(shop, 9);
    expect(await ageAfter(shop, keyed('restored'), from)).toBe(0);
    expect(await ageAfter(shop, keyed('later'), from)).toBe(0);
  });

  test('a cart that was emptied does not end the streak of units in an order', async () => {
    await using shop = await open();
    const from = shop.clock.now;
    yes(await add(shop, keyed('eve')));
    pass(shop, 1);
    await begin(shop, 'eve');
    yes(await add(shop, keyed('eve')));
    yes(await shop.holdfast.carts.remove({ sku: 'drop' }, keyed('eve')));
    pass(shop, 20);
    expect(await ageAfter(shop, keyed('eve'), from)).toBe(0);
  });

  test('units that an order has left go on in the next session of the client, and sold units do not', async () => {
    await using shop = await open();
    const from = shop.clock.now;
    yes(await add(shop, keyed('bot-1'), 3));
    yes(await add(shop, keyed('buyer-1'), 3));
    await begin(shop, 'bot-1');
    const orderId = await begin(shop, 'buyer-1');
    pass(shop, 5);
    yes(await shop.holdfast.checkout.confirm({ orderId, paymentReference: 'pay' }, OPERATOR));
    pass(shop, 11);
    expect(await ageAfter(shop, keyed('bot-2'), from)).toBe(0);
    expect(await ageAfter(shop, keyed('buyer-2'), from)).toBe(16);
    await shop.soundAudit();
  });
});
