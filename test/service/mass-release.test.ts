import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, OutcomeUnknown } from '../../src/contract/calls/call.ts';
import { StoreError } from '../../src/store/store.ts';
import { engines } from '../support/engines.ts';
import { type Hooks, hookedStore } from '../support/hooked-store.ts';
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

  /** The events of releases, the oldest first. */
  const events = async (
    shop: Shop,
  ): Promise<{ by: string; reason?: string | undefined; after: Record<string, unknown> }[]> => {
    const { items } = yes(await shop.holdfast.events.list({ limit: 500 }));
    const found = items.filter(({ what }) => what === 'holds.releaseWhere');
    return found
      .toReversed()
      .map(({ by, reason: why, after }) => ({ by, reason: why, after: after as Record<string, unknown> }));
  };
  const sums = async (shop: Shop): Promise<{ released: number; units: number }> => {
    const all = await events(shop);
    const sum = (name: string): number => all.reduce((total, { after }) => total + Number(after[name]), 0);
    return { released: sum('released'), units: sum('units') };
  };
  /** The holds and units that the ledger says were released. */
  const released = async (shop: Shop): Promise<{ released: number; units: number }> => {
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'drop', limit: 500 }));
    const ends = movements.filter(({ kind }) => kind === 'released');
    return { released: ends.length, units: ends.reduce((total, { quantity }) => total + quantity, 0) };
  };

  test('an event has the conditions, the reason, and the holds and units that were released', async () => {
    await using shop = await open();
    const { checkout, holds } = shop.holdfast;
    for (let index = 0; index < 6; index += 1) yes(await add(shop, from('clt_eve', `eve-${index}`), 2));
    yes(await add(shop, from('clt_eve', 'eve-0'), 1, 'pen'));
    const { orderId } = yes(await checkout.begin({}, { ...from('clt_eve', 'eve-0'), idempotencyKey: 'k' }));
    yes(await add(shop, from('clt_ann', 'ann'), 4));
    const filter = { sku: 'drop', client: 'clt_eve', olderThanMs: 0 };
    expect(yes(await holds.releaseWhere({ ...filter, reason }, OPERATOR))).toEqual({ released: 7 });
    const found = await events(shop);
    // An order ends as a whole, with its line of the other SKU.
    const after = { ...filter, released: 7, units: 13, orders: 1, orderIds: [orderId] };
    expect(found).toEqual([{ by: 'operator', reason, after }]);
    expect(yes(await holds.releaseWhere({ ...filter, reason }, OPERATOR))).toEqual({ released: 0 });
    expect(await events(shop)).toEqual(found);
    await shop.soundAudit();
  });

  test('events agree with the ledger if carts change meanwhile, and if the call fails halfway', async () => {
    await using shop = await open();
    const eves = Array.from({ length: 130 }, (_, index) => from('clt_eve', `eve-${index}`));
    await Promise.all(eves.map(async (eve) => yes(await add(shop, eve, 2))));
    let emptied = 0;
    let batches = 0;
    const hooks: Hooks = {
      // Eve empties two of her carts and fills another one between the read and the commit.
      afterRead: async (requests) => {
        if (emptied === 2 || !requests.some(({ holds }) => holds?.length)) return;
        yes(await shop.holdfast.carts.empty({}, eves[emptied++]!));
        yes(await add(shop, eves[100]!, 1));
      },
      afterApply: async () => {
        batches += 1;
        if (batches === 4) throw new StoreError('outcome_unknown', 'the reply was lost');
      },
    };
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const call = slow.holds.releaseWhere({ client: 'clt_eve', reason }, OPERATOR);
    const answer = await call.then(yes, (error: unknown) => error);
    const inLedger = await released(shop);
    const byEve = { released: 2, units: 4 };
    expect(emptied).toBe(2);
    expect(await sums(shop)).toEqual({
      released: inLedger.released - byEve.released,
      units: inLedger.units - byEve.units,
    });
    expect(await events(shop)).toMatchObject([{ after: { client: 'clt_eve', released: 128 } }]);
    expect(answer).toBeInstanceOf(OutcomeUnknown);
    await shop.soundAudit();
  });

  test('a hold that ends or goes into an order after it was listed is not released', async () => {
    await using shop = await open();
    const { carts, checkout, orders } = shop.holdfast;
    const [buyer, leaver, hoarder] = [from('clt_1', 'buyer'), from('clt_2', 'leaver'), from('clt_3', 'hoarder')];
    for (const call of [buyer, leaver, hoarder]) yes(await add(shop, call, 2));
    let orderId = '';
    const hooks: Hooks = {
      afterListHolds: async () => {
        if (orderId !== '') return;
        ({ orderId } = yes(await checkout.begin({}, { ...buyer, idempotencyKey: 'k' })));
        yes(await carts.empty({}, leaver));
      },
    };
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    expect(yes(await slow.holds.releaseWhere({ sku: 'drop', reason }, OPERATOR))).toEqual({ released: 1 });
    expect((await events(shop)).map(({ after }) => after)).toEqual([{ sku: 'drop', released: 1, units: 2 }]);
    expect(await shop.units('drop')).toEqual([10_000, 2, 9_998]);
    expect(yes(await orders.get({ orderId }, OPERATOR))).toMatchObject({ status: 'awaiting_payment' });
    await shop.soundAudit();
  });

  test('named holds are released with one event, except for those that ended, and no others', async () => {
    await using shop = await open();
    const { carts, checkout, holds, orders } = shop.holdfast;
    const eves = Array.from({ length: 130 }, (_, index) => from('clt_eve', `eve-${index}`));
    await Promise.all(eves.map(async (eve) => yes(await add(shop, eve, 2))));
    yes(await add(shop, eves[0]!, 1, 'pen'));
    const listed = yes(await holds.list({ sku: 'drop', limit: 500 })).items;
    const idOf = (name: string): string => listed.find(({ owner }) => owner === `cart:crt_${name}`)!.holdId;
    const holdIds = [...listed.map(({ holdId }) => holdId).filter((id) => id !== idOf('eve-3')), 'hld_nope'];
    yes(await carts.empty({}, eves[1]!));
    const { orderId } = yes(await checkout.begin({}, { ...eves[2]!, idempotencyKey: 'k' }));
    const gone = [idOf('eve-1'), idOf('eve-2'), 'hld_nope'];
    const refused = yes(await holds.releaseWhere({ holdIds, sku: 'pen', reason }, OPERATOR));
    expect([refused.released, refused.unreleased]).toEqual([0, holdIds]);
    const answer = yes(await holds.releaseWhere({ holdIds: [...holdIds, holdIds[0]!], reason }, OPERATOR));
    expect([answer.released, answer.unreleased?.toSorted()]).toEqual([127, gone.toSorted()]);
    const after = { named: 131, holdIds: holdIds.slice(0, 20), released: 127, units: 254 };
    expect(await events(shop)).toEqual([{ by: 'operator', reason, after }]);
    expect(await shop.units('drop')).toEqual([10_000, 4, 9_996]);
    expect(await shop.units('pen')).toEqual([10_000, 1, 9_999]);
    expect(yes(await orders.get({ orderId }, OPERATOR))).toMatchObject({ status: 'awaiting_payment' });
    await shop.soundAudit();
  });

  test('a release without a condition is refused, and changes nothing', async () => {
    await using shop = await open();
    yes(await add(shop, from('clt_ann', 'ann'), 2));
    expect(no(await shop.holdfast.holds.releaseWhere({ reason }, OPERATOR))).toMatchObject({ reason: 'invalid_input' });
    expect(await shop.units('drop')).toEqual([10_000, 2, 9_998]);
  });
});
