import { describe, expect, test } from 'vitest';
import { shortHash } from '../../src/transact/documents/ids.ts';
import { allOrders, expectBalance, expectSound, stockUp } from '../support/books.ts';
import { type HttpAnswer, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { poisonableKinds, type PoisonableShop, type RecordName } from '../support/poisonable-shop.ts';

const STOCK = { tea: 40, mug: 40, jar: 40 };
const OTHERS = 10;

/** The request id that the server derives from a session and the key of its call. */
const requestId = (session: string, key: string): string => shortHash(shortHash('session', session), key);

const reasonOf = (answer: HttpAnswer<unknown>): string => (answer.ok ? 'ok' : answer.reason);

/** One shopper for each kind of record. That shopper's own record is going to be made undecodable. */
async function openCarts({ caller }: PoisonableShop): Promise<RecordName[]> {
  const ofHold = must(await caller.as('ann-of-the-hold').mutate('cart.add', { sku: 'tea', quantity: 2 }));
  const ofCart = must(await caller.as('bob-of-the-cart').mutate('cart.add', { sku: 'mug', quantity: 1 }));
  must(await caller.as('cat-of-the-stock').mutate('cart.add', { sku: 'jar', quantity: 1 }));
  const once = { sku: 'mug', quantity: 1, idempotencyKey: 'once' };
  must(await caller.as('dan-of-the-request').mutate('cart.add', once));
  must(await caller.as('eve-of-the-order').mutate('cart.add', { sku: 'tea', quantity: 3 }));
  const order = must(await caller.as('eve-of-the-order').mutate('checkout.place', { idempotencyKey: 'pay' }));
  return [
    { kind: 'hold', key: ofHold.lines[0]!.holdId },
    { kind: 'document', key: `cart:${ofCart.cartId}` },
    { kind: 'stock', key: 'jar' },
    { kind: 'document', key: `order:${order.orderId}` },
    { kind: 'request', key: requestId('dan-of-the-request', 'once') },
  ];
}

/** The errors of the callers whose records cannot be decoded: never a success, and never a wrong figure. */
async function askInVain({ caller }: PoisonableShop): Promise<string[]> {
  const pay = { idempotencyKey: 'pay' };
  const answers = await Promise.all([
    caller.as('ann-of-the-hold').mutate('checkout.place', pay),
    caller.as('bob-of-the-cart').query('cart.get', {}),
    caller.as('bob-of-the-cart').mutate('cart.add', { sku: 'tea', quantity: 1 }),
    caller.as('bob-of-the-cart').mutate('checkout.place', pay),
    caller.as('cat-of-the-stock').mutate('checkout.place', pay),
    caller.as('stranger-in-need').mutate('cart.add', { sku: 'jar', quantity: 1 }),
    caller.asOperator().query('stock.level', { sku: 'jar' }),
    caller.as('dan-of-the-request').mutate('cart.add', { sku: 'mug', quantity: 1, idempotencyKey: 'once' }),
    caller.as('eve-of-the-order').mutate('checkout.place', pay),
  ]);
  return answers.map(reasonOf);
}

/** Calls of other shoppers at the same time, and so in the same batches. */
async function othersBuy({ caller }: PoisonableShop, name: string) {
  const shoppers = Array.from({ length: OTHERS }, (_, index) => caller.as(`${name}-other-${index}`));
  return Promise.all(
    shoppers.map(async (own) => {
      must(await own.mutate('cart.add', { sku: 'tea', quantity: 1 }));
      must(await own.mutate('cart.add', { sku: 'mug', quantity: 1 }));
      return must(await own.mutate('checkout.place', { idempotencyKey: 'pay' }));
    }),
  );
}

describe.each(poisonableKinds)('records that cannot be decoded, on $name', ({ open }) => {
  test('serves others, names each record in the audit, and is whole again once the records are restored', {
    timeout: 60_000,
  }, async () => {
    await using shop = await open();
    await stockUp(shop.caller, STOCK);
    const records = await openCarts(shop);
    await shop.poison(records);

    const [errors, orders] = await Promise.all([askInVain(shop), othersBuy(shop, 'during')]);
    expect(errors).toEqual(['hold_expired', ...Array(errors.length - 1).fill('internal')]);
    const during = (await allOrders(shop.caller)).map(({ orderId }) => orderId);
    expect(during.sort()).toEqual(orders.map(({ orderId }) => orderId).sort());
    const audit = must(await shop.caller.asOperator().query('admin.audit', {}));
    expect(audit.ok).toBe(false);
    const found = JSON.stringify(audit.violations);
    for (const { kind, key } of records) if (kind !== 'request') expect(found).toContain(`${kind}:${key}`);
    expect(shop.output()).toContain('a request record cannot be decoded');

    await shop.cure();
    await expectSound(shop.caller);
    const dan = { sku: 'mug', quantity: 1, idempotencyKey: 'once' };
    expect(must(await shop.caller.as('dan-of-the-request').mutate('cart.add', dan)).lines).toMatchObject([
      { sku: 'mug', quantity: 1 },
    ]);
    orders.push(must(await shop.caller.as('eve-of-the-order').mutate('checkout.place', { idempotencyKey: 'pay' })));
    for (const session of ['ann-of-the-hold', 'bob-of-the-cart', 'cat-of-the-stock', 'dan-of-the-request']) {
      orders.push(must(await shop.caller.as(session).mutate('checkout.place', { idempotencyKey: 'pay again' })));
    }
    orders.push(...(await othersBuy(shop, 'after')));
    await expectBalance(shop.caller, STOCK, orders);
    await expectSound(shop.caller);
  });

  test('sweeps past an overdue hold that cannot be decoded', { timeout: 60_000 }, async () => {
    await using shop = await open({ HOLD_TTL_MS: '1000' });
    const { caller } = shop;
    await stockUp(caller, STOCK);
    const bad = must(await caller.as('ann-of-the-hold').mutate('cart.add', { sku: 'tea', quantity: 2 }));
    const others = Array.from({ length: OTHERS }, (_, index) => caller.as(`good-shopper-${index}`));
    for (const added of await Promise.all(others.map((own) => own.mutate('cart.add', { sku: 'tea', quantity: 1 }))))
      must(added);
    const { holdId } = bad.lines[0]!;
    await shop.poison([{ kind: 'hold', key: holdId }]);
    const reserved = async () =>
      must(await shop.caller.asOperator().query('stock.level', { sku: 'tea' })).reserved === 2;
    await poll(reserved, { timeoutMs: 10_000 });
    const { available } = must(await shop.caller.asOperator().query('stock.level', { sku: 'tea' }));
    expect(available).toBe(STOCK.tea - 2);

    await shop.cure();
    // The hold is not among the due ones any more. A call that names it ends it.
    const released = await shop.caller.asOperator().mutate('holds.release', { holdId, reason: 'it was damaged' });
    expect(released).toMatchObject({ ok: false, reason: 'hold_not_active', meta: { state: 'expired' } });
    await expectBalance(shop.caller, STOCK, []);
    const { reserved: left } = must(await shop.caller.asOperator().query('stock.level', { sku: 'tea' }));
    expect(left).toBe(0);
    await expectSound(shop.caller);
  });
});
