import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { OutcomeUnknown, type Call, type Result } from '../../src/contract/calls/call.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { StoreError } from '../../src/store/store.ts';
import { engines } from '../support/engines.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const ann = shopper('ann');
const operator = (key: string): Call => ({ ...OPERATOR, idempotencyKey: key });

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(engines)('exactly once, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('pen', { units: 20, unitPrice: { amount: 100, currency: 'EUR' } });
    return shop;
  };

  test('a key belongs to one caller, one procedure and one input', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    const mismatch = { reason: 'idempotency_mismatch', meta: { idempotencyKey: 'k' } };
    expect(no(await carts.add({ sku: 'pen', quantity: 3 }, ann('k')))).toEqual(mismatch);
    expect(no(await carts.remove({ sku: 'pen' }, ann('k')))).toEqual(mismatch);
    expect(no(await carts.setQuantity({ sku: 'pen', quantity: 2 }, ann('k')))).toEqual(mismatch);
    yes(await carts.add({ sku: 'pen', quantity: 3 }, shopper('bob')('k')));
    expect(await shop.units('pen')).toEqual([20, 5, 15]);
  });

  test('the order of an input’s fields and absent fields do not change the input', async () => {
    await using shop = await open();
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'pen', quantity: 2, mode: undefined }, ann('k')));
    yes(await carts.add({ quantity: 2, sku: 'pen' }, ann('k')));
    expect(await shop.units('pen')).toEqual([20, 2, 18]);
  });

  test('an input that JSON cannot represent is rejected as a failure, and has no effect', async () => {
    await using shop = await open();
    const quantity = 1n as unknown as number;
    const call = shop.holdfast.carts.setQuantity({ sku: 'pen', quantity }, ann());
    await expect(call).rejects.toThrow(TypeError);
    expect(await shop.units('pen')).toEqual([20, 0, 20]);
  });

  const mutations: [string, (holdfast: Holdfast) => Promise<Result<unknown>>][] = [
    ['stock.receive', ({ stock }) => stock.receive({ sku: 'pen', quantity: 5 }, operator('k'))],
    ['stock.adjust', ({ stock }) => stock.adjust({ sku: 'pen', delta: -1, reason: 'damage' }, operator('k'))],
    ['stock.count', ({ stock }) => stock.count({ sku: 'pen', onHand: 7 }, operator('k'))],
    ['cart.add', ({ carts }) => carts.add({ sku: 'pen', quantity: 2 }, ann('k'))],
    ['cart.setQuantity', ({ carts }) => carts.setQuantity({ sku: 'pen', quantity: 2 }, ann('k'))],
    ['cart.setQuantity 0', ({ carts }) => carts.setQuantity({ sku: 'pen', quantity: 0 }, ann('k'))],
    ['cart.remove', ({ carts }) => carts.remove({ sku: 'pen' }, ann('k'))],
    ['cart.clear', ({ carts }) => carts.empty({}, ann('k'))],
    [
      'inventory.reserve',
      ({ inventory }) => inventory.reserve({ sku: 'pen', quantity: 2, reference: 'r' }, operator('k')),
    ],
  ];

  test.each(mutations)('%s: a repetition with the same key has no second effect', async (_name, ask) => {
    await using shop = await open();
    yes(await ask(shop.holdfast));
    const level = await shop.units('pen');
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 1 }, ann()));
    const before = await shop.units('pen');
    yes(await ask(shop.holdfast));
    expect(await shop.units('pen')).toEqual(before);
    expect(before[1]).toBe(level[1] + 1);
    expect(shop.holdfast.stats().replays).toBe(1);
  });

  test('a repeated checkout returns the same order, though the cart is gone', async () => {
    await using shop = await open();
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 2 }, ann()));
    const input = { contact: { email: 'ann@example.com' }, expectedTotal: { amount: 200, currency: 'EUR' } };
    const order = yes(await shop.holdfast.checkout.place(input, ann('k')));
    shop.clock.now += 86_400_000;
    expect(yes(await shop.holdfast.checkout.place(input, ann('k')))).toEqual(order);
    expect(no(await shop.holdfast.checkout.place(input, ann('other'))).reason).toBe('cart_empty');
    expect(no(await shop.holdfast.checkout.place({}, ann())).reason).toBe('invalid_input');
    expect(await shop.units('pen')).toEqual([18, 0, 18]);
  });

  test('a repeated best-effort add returns what was granted the first time', async () => {
    await using shop = await open();
    const add = () => shop.holdfast.carts.add({ sku: 'pen', quantity: 30, mode: 'best_effort' }, ann('k'));
    expect(yes(await add()).granted).toBe(20);
    yes(await shop.holdfast.carts.setQuantity({ sku: 'pen', quantity: 1 }, ann()));
    expect(yes(await add())).toMatchObject({ granted: 20, lines: [{ quantity: 1 }] });
  });

  test('does not record a refusal: a sold-out SKU may be available later', async () => {
    await using shop = await open();
    const add = () => shop.holdfast.carts.add({ sku: 'pen', quantity: 25 }, ann('k'));
    expect(no(await add()).reason).toBe('insufficient_stock');
    yes(await shop.holdfast.stock.receive({ sku: 'pen', quantity: 5 }, OPERATOR));
    expect(yes(await add()).granted).toBe(25);
  });

  test.each([
    ['with the caller’s key', 'k'],
    ['with a generated one', undefined],
  ])('a lost reply %s is resolved by a retry', async (_name, key) => {
    await using shop = await open();
    const hooks: Hooks = {};
    const lossy = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    hooks.afterApply = () => Promise.reject(new StoreError('outcome_unknown', 'the reply was lost'));
    const error = await caught(lossy.carts.add({ sku: 'pen', quantity: 2 }, ann(key)));
    expect(error).toBeInstanceOf(OutcomeUnknown);
    const { idempotencyKey } = error as OutcomeUnknown;
    expect(idempotencyKey).toMatch(key === undefined ? /^gen_/ : /^k$/);
    delete hooks.afterApply;
    expect(yes(await lossy.carts.add({ sku: 'pen', quantity: 2 }, ann(idempotencyKey)))).toMatchObject({ granted: 2 });
    expect(await shop.units('pen')).toEqual([20, 2, 18]);
  });

  test('a read that fails after the effect is an unknown outcome, not a failure', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const lossy = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    yes(await lossy.carts.add({ sku: 'pen', quantity: 1 }, ann()));
    hooks.afterApply = async () => {
      hooks.afterRead = () => Promise.reject(new StoreError('unavailable', 'gone'));
    };
    expect(await caught(lossy.carts.add({ sku: 'pen', quantity: 2 }, ann('k')))).toBeInstanceOf(OutcomeUnknown);
    expect(await shop.units('pen')).toEqual([20, 3, 17]);
  });

  test('reports an unreachable store as such, and nothing happened', async () => {
    await using shop = await open();
    const hooks: Hooks = {};
    const failing = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    hooks.beforeApply = () => Promise.reject(new StoreError('unavailable', 'refused'));
    const error = await caught(failing.carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    expect(error).toMatchObject({ name: 'StoreError', fault: 'unavailable' });
    delete hooks.beforeApply;
    yes(await failing.carts.add({ sku: 'pen', quantity: 2 }, ann('k')));
    expect(await shop.units('pen')).toEqual([20, 2, 18]);
  });

  test('a transaction that fails its whole batch does not fail the other transactions in it', async () => {
    await using shop = await open();
    const hooks: Hooks = {
      beforeApply: async (transactions) => {
        if (transactions.some(({ cause }) => cause.by === 'hash-of-poison')) {
          throw new StoreError('batch_failed', 'the script failed');
        }
      },
    };
    const poisoned = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    const names = ['a', 'b', 'c', 'poison', 'd', 'e'];
    const results = await Promise.allSettled(
      names.map((name) => poisoned.carts.add({ sku: 'pen', quantity: 1 }, shopper(name)())),
    );
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(names.map((name) => name !== 'poison'));
    expect(await shop.units('pen')).toEqual([20, 5, 15]);
  });

  test('close waits for calls under way and their answers', async () => {
    await using shop = await open();
    const holdfast = await shop.another(engine);
    yes(await holdfast.carts.add({ sku: 'pen', quantity: 1 }, ann()));
    const calls = Promise.allSettled(
      Array.from({ length: 5 }, () => holdfast.carts.add({ sku: 'pen', quantity: 1 }, ann())),
    );
    const receive = holdfast.stock.receive({ sku: 'pen', quantity: 1 }, OPERATOR);
    await new Promise((resolve) => setImmediate(resolve));
    await holdfast.close();
    expect(yes(await receive).onHand).toBe(21);
    const settled = await calls;
    const added = settled.filter(({ status }) => status === 'fulfilled').length;
    expect((await shop.units('pen'))[1]).toBe(1 + added);
    for (const call of settled) if (call.status === 'rejected') expect(call.reason).toMatchObject({ fault: 'closed' });
  });

  test('a full mailbox is `Overloaded` at once, and does not affect other SKUs', async () => {
    await using shop = await open();
    await shop.supply('ink', { units: 5 });
    let openGate = () => {};
    const gate = new Promise<void>((resolve) => {
      openGate = resolve;
    });
    const hooks: Hooks = { beforeApply: () => gate };
    const limits = { mailboxItemsMax: 2, batchItemsMax: 1, batchesInFlightMax: 1 };
    const small = await shop.another(engine, { store: hookedStore(shop.store, hooks), batcherLimits: limits });
    const add = (sku: string, index: number) => caught(small.carts.add({ sku, quantity: 1 }, shopper(`b${index}`)()));
    const pens = Promise.all(Array.from({ length: 6 }, (_, index) => add('pen', index)));
    const ink = add('ink', 9);
    openGate();
    const overloaded = (await pens).filter((error) => error instanceof Overloaded);
    expect(overloaded.length).toBeGreaterThan(0);
    expect(await ink).toBeUndefined();
    expect(await shop.units('ink')).toEqual([5, 1, 4]);
    expect((await shop.units('pen'))[1]).toBe(6 - overloaded.length);
  });

  test('a call whose cart keeps changing ends in `conflict`, and leaves nothing behind', async () => {
    await using shop = await open();
    await shop.supply('ink', { units: 50 });
    const hooks: Hooks = {};
    const slow = await shop.another(engine, { store: hookedStore(shop.store, hooks) });
    let round = 0;
    hooks.afterRead = async () => {
      round += 1;
      if (round % 2 === 1) yes(await shop.holdfast.carts.add({ sku: 'ink', quantity: 1 }, ann()));
      else yes(await shop.holdfast.carts.empty({}, ann()));
    };
    expect(no(await slow.carts.add({ sku: 'pen', quantity: 1 }, ann()))).toEqual({ reason: 'conflict', meta: {} });
    expect(round).toBeGreaterThan(5);
    expect(slow.stats().conflictsRetried).toBeGreaterThan(5);
    delete hooks.afterRead;
    expect(await shop.units('pen')).toEqual([20, 0, 20]);
    await shop.soundAudit();
  });
});
