import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REQUEST_LONG_PERIOD_MS } from '../../src/domain/limits.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Store } from '../../src/store/store.ts';
import { type Clock, storeEngines } from '../support/engines.ts';
import {
  configure,
  consume,
  drop,
  giveBack,
  pin,
  put,
  receive,
  release,
  reserve,
  START,
  transaction,
  transfer,
} from '../support/transactions.ts';

const SKUS = ['A', 'B', 'C'];
const SHOPPERS = 40;

const supply = (): Step[] => SKUS.flatMap((sku) => [configure(sku, { limitPerCustomer: 50 }), receive(sku, 1_000)]);

/** A shopper's whole life, with one of five endings. Only the SKU's own record keeps a trace of it. */
function life(index: number): Step[][] {
  const [hold, customer, cart, order] = [`h${index}`, `c${index}`, `cart:${index}`, `order:${index}`];
  const sku = SKUS[index % 3]!;
  const begin = [
    reserve(hold, sku, 2, { customer, ttlMs: 1_000 + index }),
    put(cart, 'absent', { body: '{}', holds: [hold], dueInMs: 5_000 }),
  ];
  const forget = [{ sku, customer, quantity: 2 }];
  const ways: Step[][][] = [
    [[release(hold), drop(cart, 'present')]],
    [
      [consume(hold), drop(cart, 'any'), put(order, 'any', { body: '{}', list: 'placed' })],
      [drop(order, 'any', { forget })],
    ],
    [[consume(hold), drop(cart, 'any')], [giveBack(sku, 2, { customer })]],
    [[pin(hold, 500), transfer(hold, 'cart:x', { toCustomer: `${customer}x` })], [drop(cart, 'any')]],
    [[put(cart, 'present', { dueInMs: null })], [drop(cart, 'any')]],
  ];
  return [begin, ...ways[index % ways.length]!];
}

async function live(store: Store, clock: Clock): Promise<void> {
  await store.apply([transaction('supply', supply())]);
  for (let index = 0; index < SHOPPERS; index += 1) {
    const retention = index % 2 ? 'long' : 'short';
    const calls = life(index).map((steps, step) => transaction(`t${index}-${step}`, steps, { retention }));
    const { answers } = await store.apply(calls);
    expect(answers.map(({ status }) => status)).toEqual(calls.map(() => 'applied'));
    clock.now += 7;
  }
}

/** Two days later, after everything due was processed and the ledger was trimmed. */
async function settle(store: Store, clock: Clock): Promise<void> {
  clock.now += REQUEST_LONG_PERIOD_MS * 2;
  expect(await store.reclaim({ limit: 1_000 })).toMatchObject({ more: false, dueDocuments: [], nextDueAt: null });
  clock.now += REQUEST_LONG_PERIOD_MS * 2;
  const { sequence } = await store.apply([transaction('last', [receive('A', 1)])]);
  await store.trimLedger(`${sequence}-0`);
}

describe.each(storeEngines.filter(({ persistent }) => persistent))('$name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('keeps nothing of carts, orders, holds, requests and counts: a used shop is as small as a new one', async () => {
    const clock = { now: START };
    await using old = await engine.open(clock);
    await live(old.store, clock);
    await settle(old.store, clock);
    await using fresh = await engine.open(clock);
    await fresh.store.apply([transaction('supply', supply())]);
    await settle(fresh.store, clock);
    const expected = await fresh.entries();
    expect(Object.keys(expected)).not.toEqual([]);
    expect(await old.entries()).toEqual(expected);
  });
});
