import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldsListInput } from '../../src/contract/inputs/inputs.ts';
import { customerOwner } from '../../src/transact/documents/names.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const ada = 'ada@shop.example';
const phone = shopper('phone', customerOwner(ada));

/** Ann's cart has two SKUs, Ada's cart and her unpaid order one each, and a reservation has three units. */
async function open(engine: (typeof engines)[number]): Promise<Shop> {
  const shop = await openShopWith(engine);
  const { carts, checkout, reservations } = shop.holdfast;
  await shop.supply('mug', { units: 100 });
  await shop.supply('pot', { units: 100 });
  yes(await carts.add({ sku: 'mug', quantity: 1 }, phone()));
  yes(await checkout.begin({}, phone('order')));
  shop.clock.now += 60_000;
  yes(await carts.add({ sku: 'mug', quantity: 2 }, phone()));
  yes(await carts.add({ sku: 'mug', quantity: 4 }, ann()));
  yes(await carts.add({ sku: 'pot', quantity: 8 }, ann()));
  yes(await reservations.create({ reference: 'fair', lines: [{ sku: 'pot', quantity: 16 }], ttlMs: null }, OPERATOR));
  return shop;
}

describe.each(engines)('finding what somebody has, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('lists the holds that meet all conditions, page by page', async () => {
    await using shop = await open(engine);
    const quantities = async (input: HoldsListInput): Promise<number[]> => {
      const found: number[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = yes(await shop.holdfast.holds.list({ ...input, limit: 1, cursor }));
        found.push(...page.items.map(({ quantity }) => quantity));
        cursor = page.nextCursor;
        if (cursor === undefined) return found.sort((one, other) => one - other);
      }
    };
    const holdOf = async (quantity: number) =>
      yes(await shop.holdfast.holds.list({})).items.find((hold) => hold.quantity === quantity)?.owner;
    expect(await quantities({})).toEqual([1, 2, 4, 8, 16]);
    expect(await quantities({ session: customerOwner(ada) })).toEqual([1, 2]);
    expect(await quantities({ session: customerOwner(ada), olderThanMs: 60_000 })).toEqual([1]);
    expect(await quantities({ customerId: ada })).toEqual([1, 2]);
    expect(await quantities({ customerId: 'bob@shop.example' })).toEqual([]);
    expect(await quantities({ sku: 'mug', olderThanMs: 1 })).toEqual([1]);
    expect(await quantities({ client: `clt_${'c'.repeat(22)}` })).toEqual([]);
    expect(await quantities({ owner: 'cart:crt_ann' })).toEqual([4, 8]);
    expect(await quantities({ owner: 'cart:crt_ann', sku: 'pot' })).toEqual([8]);
    expect(await quantities({ owner: 'cart:crt_nobody' })).toEqual([]);
    for (const quantity of [1, 16]) expect(await quantities({ owner: await holdOf(quantity) })).toEqual([quantity]);
  });

  test('lists the orders of a session or a customer', async () => {
    await using shop = await open(engine);
    const { checkout, orders, carts } = shop.holdfast;
    const { orderId } = yes(await checkout.place({}, ann('order')));
    yes(await carts.add({ sku: 'mug', quantity: 1 }, shopper('bob')()));
    yes(await checkout.place({}, shopper('bob')('order')));
    const found = async (input: Parameters<typeof orders.list>[0]) => yes(await orders.list(input)).items;
    expect((await found({ session: 'hash-of-ann' })).map((order) => order.orderId)).toEqual([orderId]);
    const [pending] = await found({ customerId: ada });
    expect(pending).toMatchObject({ status: 'awaiting_payment', lines: [{ quantity: 1 }] });
    expect(await found({ session: customerOwner(ada) })).toEqual([pending]);
    expect(await found({ customerId: ada, status: 'placed' })).toEqual([]);
    expect(await found({ customerId: 'nobody' })).toEqual([]);
    expect(no(await orders.list({ customerId: ada, cursor: 'x' })).reason).toBe('invalid_input');
  });
});
