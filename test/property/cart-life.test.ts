import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';
import { memoryEngine } from '../support/engines.ts';
import { OPERATOR, openShopWith, yes } from '../support/shop.ts';
import {
  type CartWorld,
  checkWorld,
  LIMITS,
  liveHolds,
  nextKey,
  PEOPLE,
  SETTINGS,
  settled,
  SKUS,
  sumOf,
} from './cart-world.ts';
import { replayable } from '../support/seed.ts';

const RUNS = 60;

const person = fc.constantFrom(...PEOPLE);
const sku = fc.constantFrom(...SKUS);
const units = fc.integer({ min: 1, max: 5 });
const nth = fc.nat(9);
const plan = <D extends string, F extends object>(
  weight: number,
  does: D,
  fields: { [K in keyof F]: fc.Arbitrary<F[K]> },
) => ({
  weight,
  arbitrary: fc.record(fields).map((drawn) => ({ does, ...drawn })),
});
const step = fc.oneof(
  plan(8, 'add', { person, sku, units, mode: fc.constantFrom('exact' as const, 'best_effort' as const) }),
  plan(2, 'set', { person, sku, units: fc.nat(5) }),
  plan(2, 'extend', { person }),
  plan(5, 'merge', { person, from: person, again: fc.boolean() }),
  plan(1, 'remove', { person, sku }),
  plan(1, 'place', { person }),
  plan(1, 'begin', { person }),
  plan(1, 'cancel', { nth, restoreCart: fc.boolean() }),
  plan(1, 'return', { nth, sku }),
  plan(3, 'wait', { byMs: fc.constantFrom(1, 10, 60, 99, 250) }),
  plan(1, 'sweep', {}),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type StepOf<D extends Step['does']> = Extract<Step, { does: D }>;

/** The units of both carts are in one, or reported as lost. A line that keeps all units has the older creation time. */
async function merge(world: CartWorld, { person, from, again }: StepOf<'merge'>): Promise<void> {
  const before = await liveHolds(world);
  const { carts } = world.shop.holdfast;
  const call = person.call(nextKey(world));
  const input = { from: { cartId: from.cartId, customer: from.customer } };
  const merged = settled(await carts.merge(input, call));
  expect(merged === null).toBe(from === person || (from.customer !== null && from.customer !== person.customer));
  if (!merged) return;
  const after = await liveHolds(world);
  for (const each of SKUS) {
    const ofSku = before.filter((hold) => hold.sku === each);
    const own = ofSku.filter(({ owner }) => owner === person.cartKey);
    const both = [...own, ...ofSku.filter(({ owner }) => owner === from.cartKey)];
    const line = after.filter((hold) => hold.sku === each && hold.owner === person.cartKey);
    const cuts = merged.changes.filter((change) => change.sku === each && change.reason !== 'expired');
    const lost = cuts.reduce((sum, change) => sum + change.from - change.to, 0);
    expect(sumOf(line) + lost).toBe(sumOf(both));
    expect(sumOf(line)).toBeGreaterThanOrEqual(sumOf(own));
    const isWhole = line[0] && cuts.length === 0;
    if (isWhole) expect(line[0]?.createdAt).toBe(Math.min(...both.map(({ createdAt }) => createdAt)));
  }
  expect(after.filter(({ owner }) => owner === from.cartKey)).toEqual([]);
  const now = yes(await carts.get({}, person.call()));
  expect(now).toEqual({ ...merged.cart, version: now.version });
  // The transaction that records the caller's key may end a line that the answer already reports as lost.
  expect(now.version).toBeGreaterThanOrEqual(merged.cart.version);
  if (again) expect(yes(await carts.merge(input, call))).toEqual({ ...merged, cart: now });
}

const withoutTimes = ({ lines, expired }: Cart) => ({
  expired,
  lines: lines.map(({ expiresAt: _, ...line }) => line),
});

async function extend({ shop }: CartWorld, { person }: StepOf<'extend'>): Promise<void> {
  const before = yes(await shop.holdfast.carts.get({}, person.call()));
  const after = yes(await shop.holdfast.carts.extend({}, person.call()));
  expect(withoutTimes(after)).toEqual(withoutTimes(before));
  for (const [index, { expiresAt }] of after.lines.entries()) {
    expect(expiresAt).toBeGreaterThanOrEqual(before.lines[index]?.expiresAt ?? 0);
  }
}

async function takeBack(world: CartWorld, { nth, sku }: StepOf<'return'>): Promise<void> {
  const sold = world.placed[nth % Math.max(1, world.placed.length)];
  if (!sold?.order.lines.some((line) => line.sku === sku && line.returned < line.quantity)) return;
  const { orderId } = sold.order;
  const input = { orderId, lines: [{ sku, quantity: 1 }], restock: true, reason: 'as good as new' };
  sold.order = yes(await world.shop.holdfast.orders.return(input, { ...OPERATOR, idempotencyKey: nextKey(world) }));
}

const PLAY: { [D in Step['does']]: (world: CartWorld, step: StepOf<D>) => Promise<unknown> } = {
  add: async ({ shop }, { person, sku, units: quantity, mode }) =>
    settled(await shop.holdfast.carts.add({ sku, quantity, mode }, person.call())),
  set: async ({ shop }, { person, sku, units: quantity }) =>
    settled(await shop.holdfast.carts.setQuantity({ sku, quantity }, person.call())),
  remove: async ({ shop }, { person, sku }) => yes(await shop.holdfast.carts.remove({ sku }, person.call())),
  extend,
  merge,
  place: async (world, { person }) => {
    const order = settled(await world.shop.holdfast.checkout.place({}, person.call(nextKey(world))));
    if (order) world.placed.push({ order, countsFor: person.countsFor });
  },
  begin: async (world, { person }) => {
    const order = settled(await world.shop.holdfast.checkout.begin({}, person.call(nextKey(world))));
    if (order) world.begun.push({ orderId: order.orderId, person });
  },
  cancel: async ({ shop, begun }, { nth, restoreCart }) => {
    const order = begun[nth % Math.max(1, begun.length)];
    if (!order) return;
    settled(await shop.holdfast.checkout.cancel({ orderId: order.orderId, restoreCart }, order.person.call()));
  },
  return: takeBack,
  wait: async ({ shop }, { byMs }) => {
    shop.clock.now += byMs;
  },
  sweep: ({ shop }) => shop.holdfast.expiry.sweepNow(),
};

test('random changes and merges of carts respect the limits and the lifetimes of holds, and pass the audit', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), async (steps) => {
    await using shop = await openShopWith(memoryEngine, { settings: SETTINGS });
    for (const sku of SKUS) {
      const limitPerCustomer = LIMITS[sku];
      await shop.supply(sku, { units: 12, ...(limitPerCustomer === undefined ? {} : { limitPerCustomer }) });
    }
    const world: CartWorld = { shop, keys: 0, begun: [], placed: [] };
    for (const each of steps) {
      const play = PLAY[each.does] as (world: CartWorld, step: Step) => Promise<unknown>;
      await play(world, each);
      await checkWorld(world);
    }
  });
  await fc.assert(property, { numRuns: RUNS, ...replayable() });
});
