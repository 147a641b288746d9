import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const [ann, bob] = [shopper('ann'), shopper('bob')];
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

/** Each bug happened in another system. The numbers are those of docs/known-bugs.md. */
describe.each(engines)('bugs of other systems, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (units: Record<string, number>): Promise<Shop> => {
    const shop = await openShopWith(engine);
    for (const [sku, count] of Object.entries(units)) await shop.supply(sku, { units: count, unitPrice: EUR(500) });
    return shop;
  };

  /** Services whose every read is followed by `hooks.afterRead`, so that their snapshot is stale. */
  const hooked = async (shop: Shop): Promise<{ slow: Holdfast; hooks: Hooks }> => {
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    return { slow, hooks };
  };
  const once = (work: () => Promise<unknown>, hooks: Hooks) => async (): Promise<void> => {
    delete hooks.afterRead;
    await work();
  };

  test('bug 1: of two concurrent reservations of the last unit, from two processes, one succeeds', async () => {
    await using shop = await open({ last: 1 });
    const other = await shop.another(engine);
    const results = await Promise.all([
      shop.holdfast.carts.add({ sku: 'last', quantity: 1 }, ann()),
      other.carts.add({ sku: 'last', quantity: 1 }, bob()),
    ]);
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await shop.units('last')).toEqual([1, 1, 0]);
    await shop.soundAudit();
  });

  test('bug 2: two additions of one item are not each checked against the same available figure', async () => {
    await using shop = await open({ tin: 5 });
    const add = () => shop.holdfast.carts.add({ sku: 'tin', quantity: 3 }, ann());
    const results = await Promise.all([add(), add()]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    expect(no(results[1])).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'tin', requested: 3, available: 2 }] },
    });
    expect(await shop.units('tin')).toEqual([5, 3, 2]);
  });

  test('bug 3: the transaction that writes checks the stock, so a stale read sells nothing', async () => {
    await using shop = await open({ pan: 2 });
    const { slow, hooks } = await hooked(shop);
    hooks.afterRead = once(() => shop.holdfast.carts.add({ sku: 'pan', quantity: 2 }, bob()), hooks);
    expect(no(await slow.carts.add({ sku: 'pan', quantity: 1 }, ann())).reason).toBe('insufficient_stock');
    expect(await shop.units('pan')).toEqual([2, 2, 0]);
    await shop.soundAudit();
  });

  test('bug 4: remove, clear and expiry of the same line release its units once', async () => {
    await using shop = await open({ pot: 4 });
    const { slow, hooks } = await hooked(shop);
    for (let cycle = 0; cycle < 3; cycle += 1) {
      const { expiresAt } = yes(await shop.holdfast.carts.add({ sku: 'pot', quantity: 4 }, ann()));
      hooks.afterRead = once(() => shop.holdfast.carts.empty({}, ann()), hooks);
      expect(yes(await slow.carts.remove({ sku: 'pot' }, ann())).lines).toEqual([]);
      shop.clock.now = Math.max(shop.clock.now, expiresAt);
      await shop.holdfast.expiry.sweepNow();
      expect(await shop.units('pot')).toEqual([4, 0, 4]);
    }
    const { movements } = yes(await shop.holdfast.stock.history({ sku: 'pot' }));
    expect(movements.filter(({ kind }) => kind === 'released')).toHaveLength(3);
    await shop.soundAudit();
  });

  test('bug 4: a checkout that lands while the cart is being cleared is not released', async () => {
    await using shop = await open({ pot: 4 });
    const { slow, hooks } = await hooked(shop);
    yes(await shop.holdfast.carts.add({ sku: 'pot', quantity: 3 }, ann()));
    hooks.afterRead = once(() => shop.holdfast.checkout.place({}, ann('pay')), hooks);
    expect(yes(await slow.carts.empty({}, ann())).lines).toEqual([]);
    expect(await shop.units('pot')).toEqual([1, 0, 1]);
    expect(await shop.sold('pot')).toBe(3);
    await shop.soundAudit();
  });

  test('bug 7: an expired hold is never revived: its units may belong to another shopper by then', async () => {
    await using shop = await open({ vase: 2 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'vase', quantity: 2 }, ann()));
    shop.clock.now = lines[0]!.expiresAt;
    yes(await shop.holdfast.carts.add({ sku: 'vase', quantity: 1 }, bob()));
    const late = [
      await shop.holdfast.carts.add({ sku: 'vase', quantity: 2 }, ann()),
      await shop.holdfast.carts.setQuantity({ sku: 'vase', quantity: 2 }, ann()),
    ];
    const meta = { lines: [{ sku: 'vase', requested: 2, available: 1 }] };
    for (const result of late) expect(no(result)).toEqual({ reason: 'insufficient_stock', meta });
    expect(no(await shop.holdfast.checkout.place({}, ann('pay')))).toMatchObject({ reason: 'hold_expired' });
    const again = yes(await shop.holdfast.carts.add({ sku: 'vase', quantity: 1 }, ann()));
    expect(again.lines).toMatchObject([{ sku: 'vase', quantity: 1 }]);
    expect(again.lines[0]!.holdId).not.toBe(lines[0]!.holdId);
    expect(again.expired).toEqual([]);
    expect(await shop.units('vase')).toEqual([2, 2, 0]);
    await shop.soundAudit();
  });

  test('bug 7: a hold that expires between the read and the write is replaced, not revived', async () => {
    await using shop = await open({ vase: 2 });
    const { slow, hooks } = await hooked(shop);
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'vase', quantity: 1 }, ann()));
    hooks.afterRead = once(async () => {
      shop.clock.now = lines[0]!.expiresAt;
    }, hooks);
    const cart = yes(await slow.carts.add({ sku: 'vase', quantity: 2 }, ann()));
    expect(cart).toMatchObject({ granted: 2, lines: [{ quantity: 2 }] });
    expect(cart.lines[0]!.holdId).not.toBe(lines[0]!.holdId);
    expect(await shop.units('vase')).toEqual([2, 2, 0]);
    await shop.soundAudit();
  });

  test('bug 9: a shopper’s own hold never blocks them: only additional units are requested', async () => {
    await using shop = await open({ bowl: 5 });
    yes(await shop.holdfast.carts.add({ sku: 'bowl', quantity: 3 }, ann()));
    yes(await shop.holdfast.carts.setQuantity({ sku: 'bowl', quantity: 5 }, ann()));
    yes(await shop.holdfast.carts.setQuantity({ sku: 'bowl', quantity: 3 }, ann()));
    expect(no(await shop.holdfast.carts.setQuantity({ sku: 'bowl', quantity: 7 }, ann()))).toEqual({
      reason: 'insufficient_stock',
      meta: { lines: [{ sku: 'bowl', requested: 4, available: 2 }] },
    });
    expect(yes(await shop.holdfast.carts.add({ sku: 'bowl', quantity: 2 }, ann())).lines).toMatchObject([
      { quantity: 5 },
    ]);
    yes(await shop.holdfast.checkout.place({}, ann('pay')));
    expect(await shop.units('bowl')).toEqual([0, 0, 0]);
  });

  test('bug 10: carts of the same SKUs in opposite orders all finish: there are no locks to wait for', async () => {
    await using shop = await open({ left: 40, right: 40 });
    const buyers = Array.from({ length: 20 }, (_, index) => shopper(`b${index}`));
    const results = await Promise.all(
      buyers.map(async (call, index) => {
        const skus = index % 2 === 0 ? ['left', 'right'] : ['right', 'left'];
        for (const sku of skus) yes(await shop.holdfast.carts.add({ sku, quantity: 2 }, call()));
        return yes(await shop.holdfast.checkout.place({}, call('pay'))).status;
      }),
    );
    expect(new Set(results)).toEqual(new Set(['placed']));
    expect([await shop.units('left'), await shop.units('right')]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('bug 11: a refused call changes nothing', async () => {
    await using shop = await open({ jug: 3, lid: 1 });
    const { carts, checkout } = shop.holdfast;
    yes(await carts.add({ sku: 'jug', quantity: 2 }, ann()));
    yes(await carts.add({ sku: 'lid', quantity: 1 }, ann()));
    const before = yes(await carts.get({}, ann()));
    const [{ sequence } = { sequence: 0 }] = await shop.store.read([{}]);
    const refusals = [
      await carts.add({ sku: 'jug', quantity: 2 }, ann()),
      await carts.add({ sku: 'lid', quantity: 1, mode: 'best_effort' }, ann()),
      await carts.add({ sku: 'none', quantity: 1 }, ann()),
      await carts.add({ sku: 'jug', quantity: 10_001 }, ann()),
      await carts.setQuantity({ sku: 'jug', quantity: 4 }, ann()),
      await carts.setQuantity({ sku: 'jug', quantity: 10_001 }, ann()),
      await checkout.place({ expectedTotal: EUR(1) }, ann('pay')),
    ].map((result) => no(result).reason);
    expect(refusals).toEqual([
      'insufficient_stock',
      'insufficient_stock',
      'unknown_sku',
      'quantity_limit',
      'insufficient_stock',
      'quantity_limit',
      'cart_changed',
    ]);
    expect(yes(await carts.get({}, ann()))).toEqual(before);
    expect((await shop.store.read([{}]))[0]?.sequence).toBe(sequence);
  });

  test('bug 12: the same idempotency key twice at the same instant has one effect', async () => {
    await using shop = await open({ pen: 10 });
    const other = await shop.another(engine);
    const add = (holdfast: Holdfast) => holdfast.carts.add({ sku: 'pen', quantity: 2 }, ann('add'));
    const added = await Promise.all([add(shop.holdfast), add(shop.holdfast), add(other), add(other)]);
    expect(added.map((result) => yes(result).granted)).toEqual([2, 2, 2, 2]);
    expect(await shop.units('pen')).toEqual([10, 2, 8]);
    const place = (holdfast: Holdfast) => holdfast.checkout.place({}, ann('pay'));
    const placed = await Promise.all([place(shop.holdfast), place(other), place(shop.holdfast), place(other)]);
    const orders = placed.map((result) => yes(result));
    expect(orders).toEqual(Array(4).fill(orders[0]));
    const receive = () =>
      shop.holdfast.stock.receive({ sku: 'pen', quantity: 5 }, { ...OPERATOR, idempotencyKey: 'r' });
    await Promise.all([receive(), receive()]);
    expect(await shop.units('pen')).toEqual([13, 0, 13]);
  });

  test('bug 14: no counter goes below zero, and a refusal never costs another shopper a unit', async () => {
    await using shop = await open({ cap: 3 });
    const { stock, carts } = shop.holdfast;
    const buyers = Array.from({ length: 12 }, (_, index) => shopper(`b${index}`));
    const all = await Promise.all(buyers.map((call) => carts.add({ sku: 'cap', quantity: 1 }, call())));
    expect(all.filter(({ ok }) => ok)).toHaveLength(3);
    expect(no(await stock.adjust({ sku: 'cap', delta: -1, reason: 'damage' }, OPERATOR))).toEqual({
      reason: 'below_reserved',
      meta: { onHand: 3, reserved: 3, committed: 0 },
    });
    expect(no(await stock.count({ sku: 'cap', onHand: 2 }, OPERATOR)).reason).toBe('below_reserved');
    await Promise.all(buyers.map((call) => carts.remove({ sku: 'cap' }, call())));
    expect(await shop.units('cap')).toEqual([3, 0, 3]);
    const again = await Promise.all(buyers.map((call) => carts.add({ sku: 'cap', quantity: 1 }, call())));
    expect(again.filter(({ ok }) => ok)).toHaveLength(3);
    await shop.soundAudit();
  });

  test('an order has what was sold: a line that changes during a checkout is read again', async () => {
    await using shop = await open({ jar: 9 });
    const { slow, hooks } = await hooked(shop);
    yes(await shop.holdfast.carts.add({ sku: 'jar', quantity: 2 }, ann()));
    hooks.afterRead = once(() => shop.holdfast.carts.add({ sku: 'jar', quantity: 3 }, ann()), hooks);
    const order = yes(await slow.checkout.place({}, ann('pay')));
    expect(order).toMatchObject({ total: EUR(2_500), lines: [{ sku: 'jar', quantity: 5 }] });
    expect(await shop.units('jar')).toEqual([4, 0, 4]);
    hooks.afterRead = once(() => shop.holdfast.carts.add({ sku: 'jar', quantity: 1 }, ann()), hooks);
    yes(await shop.holdfast.carts.add({ sku: 'jar', quantity: 1 }, ann()));
    const refusal = no(await slow.checkout.place({ expectedTotal: EUR(500) }, ann('again')));
    expect(refusal).toEqual({ reason: 'cart_changed', meta: { expectedTotal: EUR(500), total: EUR(1_000) } });
    await shop.soundAudit();
  });

  test('bug 15: expiry depends neither on a notification nor on a running process', async () => {
    await using shop = await open({ fan: 2 });
    const { lines } = yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, ann()));
    shop.clock.now = lines[0]!.expiresAt - 1;
    expect(no(await shop.holdfast.carts.add({ sku: 'fan', quantity: 1 }, bob())).reason).toBe('insufficient_stock');
    shop.clock.now = lines[0]!.expiresAt;
    expect(yes(await shop.holdfast.carts.get({}, ann())).expired).toEqual([
      { sku: 'fan', quantity: 2, at: lines[0]!.expiresAt },
    ]);
    expect(yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, bob())).granted).toBe(2);
    expect(shop.holdfast.stats()).toMatchObject({ holdsReclaimed: 0 });
    await shop.soundAudit();
  });

  test('handles a late request of a stale tab after the cart was sold and a line was added again', async () => {
    await using shop = await open({ hat: 9 });
    const { slow, hooks } = await hooked(shop);
    const sellAndStartAnew = async () => {
      yes(await shop.holdfast.checkout.place({}, ann(`pay ${shop.clock.now}`)));
      yes(await shop.holdfast.carts.add({ sku: 'hat', quantity: 1 }, ann()));
    };
    const { version } = yes(await shop.holdfast.carts.add({ sku: 'hat', quantity: 1 }, ann()));
    const old = [
      () => slow.carts.setQuantity({ sku: 'hat', quantity: 2 }, ann()),
      () => slow.carts.add({ sku: 'hat', quantity: 1 }, ann()),
      () => slow.carts.remove({ sku: 'hat' }, ann()),
    ];
    for (const request of old) {
      hooks.afterRead = once(sellAndStartAnew, hooks);
      const cart = yes(await request());
      shop.clock.now += 1;
      expect(cart.lines.length === 0 || cart.version > version).toBe(true);
      await shop.soundAudit();
    }
    yes(await shop.holdfast.carts.add({ sku: 'hat', quantity: 1 }, ann()));
    yes(await shop.holdfast.checkout.place({}, ann('last')));
    expect(await shop.units('hat')).toEqual([3, 0, 3]);
    expect((await shop.soundAudit()).liveHolds).toBe(0);
  });
});
