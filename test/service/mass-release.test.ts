import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/call.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const reason = 'hoarding';
const from = (client: string, name: string, customer: string | null = null): Call => {
  const { caller } = shopper(name, customer)();
  return { caller: { ...caller, principal: name, cartId: `crt_${name}`, client } };
};

describe.each(engines)('holds.top and holds.releaseWhere, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('drop', { units: 10_000 });
    await shop.supply('pen', { units: 10_000 });
    return shop;
  };
  const add = (shop: Shop, call: Call, quantity: number, sku = 'drop') =>
    shop.holdfast.carts.add({ sku, quantity }, call);

  test('the top holders of a SKU are named, by session and by client', async () => {
    await using shop = await open();
    const { checkout, holds } = shop.holdfast;
    for (let index = 0; index < 30; index += 1) yes(await add(shop, from('clt_eve', `eve-${index}`), 3));
    yes(await checkout.begin({}, { ...from('clt_eve', 'eve-0'), idempotencyKey: 'k' }));
    yes(await add(shop, from('clt_eve', 'eve-0'), 5));
    shop.clock.now += 1_000;
    yes(await add(shop, from('clt_ann', 'ann', 'customer:ann'), 4));
    yes(await add(shop, shopper('ben')(), 6));
    const totals = { units: 105, holds: 33 };
    expect(yes(await holds.top({ sku: 'drop', by: 'client' }))).toEqual({
      items: [
        { holder: 'clt_eve', units: 95, holds: 31, since: shop.clock.now - 1_000 },
        { holder: 'clt_ann', units: 4, holds: 1, since: shop.clock.now },
      ],
      ...totals,
      holders: 2,
    });
    const bySession = yes(await holds.top({ sku: 'drop', by: 'session', limit: 3 }));
    expect(bySession).toMatchObject({ ...totals, holders: 32 });
    expect(bySession.items.map(({ holder, units }) => [holder, units])).toEqual([
      ['eve-0', 8],
      ['ben', 6],
      ['customer:ann', 4],
    ]);
    expect(yes(await holds.top({ sku: 'none', by: 'client' }))).toEqual({ items: [], units: 0, holds: 0, holders: 0 });
  });

  test('all holds of a client are released, in carts and in orders, and only those', async () => {
    await using shop = await open();
    const { carts, checkout, holds, orders } = shop.holdfast;
    const eves = Array.from({ length: 130 }, (_, index) => from('clt_eve', `eve-${index}`));
    for (const eve of eves) yes(await add(shop, eve, 2));
    yes(await add(shop, eves[0]!, 1, 'pen'));
    const { orderId } = yes(await checkout.begin({}, { ...eves[1]!, idempotencyKey: 'k' }));
    const ann = from('clt_ann', 'ann');
    yes(await add(shop, ann, 4));
    expect(yes(await holds.releaseWhere({ client: 'clt_eve', reason }, OPERATOR))).toEqual({ released: 131 });
    expect(await shop.units('drop')).toEqual([10_000, 4, 9_996]);
    expect(await shop.units('pen')).toEqual([10_000, 0, 10_000]);
    const cart = yes(await carts.get({}, eves[0]!));
    expect(cart).toMatchObject({
      lines: [],
      expired: [
        { sku: 'drop', quantity: 2 },
        { sku: 'pen', quantity: 1 },
      ],
    });
    expect(yes(await orders.get({ orderId }, OPERATOR))).toMatchObject({ status: 'expired' });
    expect(yes(await carts.get({}, ann)).lines).toMatchObject([{ quantity: 4 }]);
    const [movement] = yes(await shop.holdfast.stock.history({ sku: 'pen', limit: 1 })).movements;
    expect(movement).toMatchObject({ kind: 'released', cause: { by: 'operator', reason } });
    expect(yes(await holds.releaseWhere({ client: 'clt_eve', reason }, OPERATOR))).toEqual({ released: 0 });
    await shop.soundAudit();
  });

  test('a session, a customer, a SKU and an age are conditions that have to be met together', async () => {
    await using shop = await open();
    const { holds, inventory } = shop.holdfast;
    yes(await add(shop, from('clt_1', 'old'), 1));
    yes(await add(shop, from('clt_1', 'old'), 1, 'pen'));
    yes(await inventory.reserve({ sku: 'pen', quantity: 1, reference: 'till' }, OPERATOR));
    shop.clock.now += 60_000;
    yes(await add(shop, from('clt_1', 'young'), 1));
    yes(await add(shop, from('clt_1', 'phone', 'customer:ann'), 1));
    yes(await add(shop, from('clt_1', 'laptop', 'customer:ann'), 1));
    const released = async (conditions: object) =>
      yes(await holds.releaseWhere({ ...conditions, reason }, OPERATOR)).released;
    expect(await released({ session: 'old', sku: 'drop', olderThanMs: 60_001 })).toBe(0);
    expect(await released({ session: 'old', sku: 'drop', olderThanMs: 60_000 })).toBe(1);
    expect(await released({ olderThanMs: 60_000 })).toBe(2);
    expect(await released({ session: 'phone' })).toBe(1);
    expect(await released({ session: 'customer:ann' })).toBe(1);
    expect(await released({ sku: 'drop' })).toBe(1);
    expect(await shop.units('pen')).toEqual([10_000, 0, 10_000]);
    await shop.soundAudit();
  });

  test('orders that await payment stay unless the session or the client is named', async () => {
    await using shop = await open();
    const { checkout, holds, orders } = shop.holdfast;
    const ann = from('clt_ann', 'ann');
    yes(await add(shop, ann, 2));
    const { orderId } = yes(await checkout.begin({}, { ...ann, idempotencyKey: 'k' }));
    expect(yes(await holds.releaseWhere({ sku: 'drop', reason }, OPERATOR))).toEqual({ released: 0 });
    expect(yes(await holds.releaseWhere({ session: 'ann', reason }, OPERATOR))).toEqual({ released: 1 });
    expect(yes(await orders.get({ orderId }, OPERATOR))).toMatchObject({ status: 'expired' });
    const paid = await checkout.confirm({ orderId, paymentReference: 'pay_1' }, OPERATOR);
    expect(yes(paid)).toMatchObject({ status: 'placed' });
    await shop.soundAudit();
  });

  test('a release without a condition is refused, and changes nothing', async () => {
    await using shop = await open();
    yes(await add(shop, from('clt_ann', 'ann'), 2));
    expect(no(await shop.holdfast.holds.releaseWhere({ reason }, OPERATOR))).toMatchObject({ reason: 'invalid_input' });
    expect(await shop.units('drop')).toEqual([10_000, 2, 9_998]);
  });
});
