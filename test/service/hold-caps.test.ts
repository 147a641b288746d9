import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call, Result } from '../../src/contract/calls/call.ts';
import type { Settings } from '../../src/contract/settings.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const KEY = 'a-key';
const CAPPED: Partial<Settings> = { holdUnitsMaxSession: 100, holdShareMaxClient: 10 };

/** A session of a client. Each has its own cart and is its own customer, unless it is bound to one. */
const from = (client: string, name: string, customer: string | null = null): Call => {
  const { caller } = shopper(name, customer)();
  return { caller: { ...caller, client } };
};
const capped = (sku: string, held: number, limit: number) => ({ reason: 'hold_cap', meta: { sku, limit, held } });
const outcome = (result: Result<unknown>): string => (result.ok ? 'ok' : result.refusal.reason);

describe.each(engines)('caps on held units, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (units: number, settings: Partial<Settings> = CAPPED): Promise<Shop> => {
    const shop = await openShopWith(engine, { settings });
    await shop.supply('drop', { units });
    return shop;
  };
  const add = ({ carts }: Holdfast, quantity: number, call: Call, mode?: 'best_effort') =>
    carts.add({ sku: 'drop', quantity, ...(mode && { mode }) }, call);

  test('one anonymous session cannot hold all units, neither at once nor with orders that nobody pays', async () => {
    await using shop = await open(5_000);
    const { carts, checkout } = shop.holdfast;
    const eve = shopper('eve');
    expect(no(await add(shop.holdfast, 5_000, eve()))).toEqual(capped('drop', 0, 100));
    expect(yes(await add(shop.holdfast, 5_000, eve(), 'best_effort')).granted).toBe(100);
    expect(no(await add(shop.holdfast, 1, eve()))).toEqual(capped('drop', 100, 100));
    expect(no(await carts.setQuantity({ sku: 'drop', quantity: 101 }, eve()))).toEqual(capped('drop', 100, 100));
    const { orderId } = yes(await checkout.begin({}, eve(KEY)));
    expect(no(await add(shop.holdfast, 1, eve()))).toEqual(capped('drop', 100, 100));
    expect(await shop.units('drop')).toEqual([5_000, 100, 4_900]);
    yes(await checkout.cancel({ orderId }, eve()));
    expect(yes(await add(shop.holdfast, 60, eve())).granted).toBe(60);
    await shop.soundAudit();
  });

  test('fresh sessions of one client hold at most its share, over two processes, and others get the rest', async () => {
    await using shop = await open(500);
    const other = await shop.another(engine, { settings: CAPPED });
    const attack = Array.from({ length: 250 }, (_, index) =>
      add(index % 2 === 0 ? shop.holdfast : other, 2, from('clt_eve', `eve-${index}`)),
    );
    const outcomes = (await Promise.all(attack)).map(outcome);
    expect(outcomes.filter((reason) => reason === 'ok')).toHaveLength(25);
    expect(outcomes.filter((reason) => reason === 'hold_cap')).toHaveLength(225);
    const honest = Array.from({ length: 45 }, (_, index) =>
      add(index % 2 === 0 ? shop.holdfast : other, 10, from(`clt_${index}`, `honest-${index}`)),
    );
    expect(new Set((await Promise.all(honest)).map(outcome))).toEqual(new Set(['ok']));
    expect(await shop.units('drop')).toEqual([500, 500, 0]);
    await shop.soundAudit();
  });

  test('a client can hold again what its sessions have given back, sold or lost', async () => {
    await using shop = await open(100);
    const { carts, checkout } = shop.holdfast;
    const [ann, ben] = [from('clt_1', 'ann'), from('clt_1', 'ben')];
    yes(await add(shop.holdfast, 6, ann));
    expect(no(await add(shop.holdfast, 5, ben))).toEqual(capped('drop', 6, 10));
    yes(await carts.setQuantity({ sku: 'drop', quantity: 4 }, ann));
    yes(await add(shop.holdfast, 5, ben));
    yes(await checkout.place({}, { ...ann, idempotencyKey: KEY }));
    expect(no(await add(shop.holdfast, 5, ann))).toEqual(capped('drop', 5, 9));
    shop.clock.now += 3_600_000;
    yes(await add(shop.holdfast, 9, ann));
    await shop.soundAudit();
  });

  test('a customer has one cap for all its sessions, and so has the session that it merges', async () => {
    await using shop = await open(5_000);
    const { carts } = shop.holdfast;
    const bound = (name: string) => shopper(name, 'customer:anna')();
    yes(await add(shop.holdfast, 70, bound('phone')));
    expect(no(await add(shop.holdfast, 40, bound('laptop')))).toEqual(capped('drop', 70, 100));
    yes(await add(shop.holdfast, 90, shopper('guest')()));
    const merged = yes(
      await carts.merge({ from: { cartId: 'crt_guest', customer: null } }, { ...bound('laptop'), idempotencyKey: KEY }),
    );
    expect(merged.changes).toEqual([{ sku: 'drop', from: 90, to: 30, reason: 'hold_cap' }]);
    expect(merged.cart.lines).toMatchObject([{ sku: 'drop', quantity: 30 }]);
    expect(no(await add(shop.holdfast, 1, bound('phone')))).toEqual(capped('drop', 100, 100));
    await shop.soundAudit();
  });

  test('a merge into a cart that has the SKU joins up to the cap', async () => {
    await using shop = await open(5_000);
    const { carts } = shop.holdfast;
    yes(await add(shop.holdfast, 80, shopper('ann')()));
    yes(await add(shop.holdfast, 80, shopper('guest')()));
    const merge = { from: { cartId: 'crt_guest', customer: null } };
    const { changes, cart } = yes(await carts.merge(merge, shopper('ann')(KEY)));
    expect(changes).toEqual([{ sku: 'drop', from: 160, to: 100, reason: 'hold_cap' }]);
    expect(cart.lines).toMatchObject([{ quantity: 100 }]);
    expect(await shop.units('drop')).toEqual([5_000, 100, 4_900]);
    await shop.soundAudit();
  });

  test('the cap of a SKU takes the place of that of the shop, at once and in every process', async () => {
    await using shop = await open(5_000);
    const other = await shop.another(engine, { settings: CAPPED });
    yes(await add(other, 5, shopper('before')()));
    await shop.supply('drop', { holdUnitsMax: 2 });
    expect(no(await add(other, 3, shopper('ann')()))).toEqual(capped('drop', 0, 2));
    expect(no(await add(other, 1, shopper('before')()))).toEqual(capped('drop', 5, 2));
    await shop.supply('drop', { holdUnitsMax: 4_000 });
    expect(yes(await add(other, 4_000, shopper('ann')())).granted).toBe(4_000);
  });

  test('a checkout of items counts like an addition, and an operator is exempt', async () => {
    await using shop = await open(5_000);
    const { checkout } = shop.holdfast;
    const items = [{ sku: 'drop', quantity: 101 }];
    expect(no(await checkout.place({ items }, shopper('eve')(KEY)))).toEqual(capped('drop', 0, 100));
    const { caller } = shopper('till')();
    const onBehalf: Call = { caller: { ...caller, byOperator: true, client: 'clt_till' } };
    yes(await add(shop.holdfast, 900, onBehalf));
    yes(await checkout.place({ items }, { ...onBehalf, idempotencyKey: KEY }));
    expect(await shop.units('drop')).toEqual([4_000 - 1, 0, 4_000 - 1]);
    await shop.soundAudit();
  });

  test('a SKU that requires a customer refuses anonymous sessions, and then its limit counts customers', async () => {
    await using shop = await open(500);
    await shop.supply('drop', { requiresCustomer: true, limitPerCustomer: 2 });
    const { checkout } = shop.holdfast;
    const refused = { reason: 'customer_required', meta: { sku: 'drop' } };
    const attack = Array.from({ length: 50 }, (_, index) => add(shop.holdfast, 2, shopper(`eve-${index}`)()));
    for (const result of await Promise.all(attack)) expect(no(result)).toEqual(refused);
    const items = [{ sku: 'drop', quantity: 1 }];
    expect(no(await checkout.place({ items }, shopper('eve')(KEY)))).toEqual(refused);
    yes(await add(shop.holdfast, 2, shopper('anna', 'customer:anna')()));
    expect(no(await add(shop.holdfast, 1, shopper('anna-2', 'customer:anna')()))).toMatchObject({
      reason: 'limit_exceeded',
    });
    expect(await shop.units('drop')).toEqual([500, 2, 498]);
  });

  test('without caps nothing counts', async () => {
    await using shop = await open(5_000, {});
    yes(await add(shop.holdfast, 5_000, shopper('eve')()));
    const [hold] = await shop.store.listHolds({ sku: 'drop', limit: 1 });
    expect(hold).toMatchObject({ capped: false, client: null });
  });
});
