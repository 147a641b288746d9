import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { OPERATOR, shopper, yes } from '../support/shop.ts';

const DEADLINE_MS = 150;
/** A call without a deadline would never settle here. */
const LATE_MS = 1_500;

/** A shop whose lists have to be read again, because other processes may change them, from a store that can stall. */
async function stallingShop() {
  let now = 0;
  let stalled: Promise<void> | null = null;
  let goOn: () => void = () => undefined;
  const hooks: Hooks = { afterRead: async () => void (await stalled) };
  const memory = openMemoryStore({ shop: 'main' });
  const shared = new Proxy(memory, {
    get: (target, name) => {
      if (name === 'supports') return { ...target.supports, multiProcess: true };
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const holdfast = createHoldfast(
    {
      store: hookedStore(shared, hooks),
      settings: { callDeadlineMs: DEADLINE_MS, cacheMs: 0 },
      admit: async () => ({}),
    },
    { ...SYSTEM_RUNTIME, nowMs: () => SYSTEM_RUNTIME.nowMs() + now },
  );
  yes(await holdfast.stock.define({ sku: 'pen' }, OPERATOR));
  yes(await holdfast.stock.receive({ sku: 'pen', quantity: 100 }, OPERATOR));
  const stall = (): void => {
    // The lists are out of date by now.
    now += 2_000;
    stalled = new Promise((resolve) => {
      goOn = resolve;
    });
  };
  return {
    holdfast,
    hooks,
    stall,
    async [Symbol.asyncDispose]() {
      goOn();
      await holdfast.close();
    },
  };
}

/** Resolves with how a call ended, and whether in time. */
async function endOf(call: Promise<unknown>): Promise<string> {
  const ended = call.then(
    () => 'answered',
    (error: unknown) => (error instanceof StoreError ? error.fault : String(error)),
  );
  return Promise.race([ended, sleep(LATE_MS, 'late', { ref: false })]);
}

type Work = (holdfast: Holdfast, call: Call) => Promise<unknown>;

const at = { sku: 'pen', location: 'shed', quantity: 1 };
const keyed = { ...OPERATOR, idempotencyKey: 'once' };
const own = shopper('ann')('once');

/** Each waits for a read before its transaction: the locations of the shop, or a record. */
const WAITING: Record<string, Work> = {
  'cart.add': ({ carts }) => carts.add({ sku: 'pen', quantity: 1 }, own),
  'cart.add with a ranking': ({ carts }) => carts.add({ sku: 'pen', quantity: 1, locations: ['shed'] }, own),
  'cart.add with a token': ({ carts }) => carts.add({ sku: 'pen', quantity: 1, admission: 'token' }, own),
  'cart.setQuantity': ({ carts }) => carts.setQuantity({ sku: 'pen', quantity: 1 }, own),
  'checkout.place': ({ checkout }) => checkout.place({ items: [{ sku: 'pen', quantity: 1 }] }, own),
  'checkout.confirm': ({ checkout }) => checkout.confirm({ orderId: 'ord_1', paymentReference: 'p' }, OPERATOR),
  'orders.return': ({ orders }) => orders.return({ orderId: 'ord_1', lines: [at], restock: true, reason: 'r' }, keyed),
  'orders.cancelLine': ({ orders }) =>
    orders.cancelLine({ orderId: 'ord_1', sku: 'pen', quantity: 1, reason: 'r' }, OPERATOR),
  'orders.setLineQuantity': ({ orders }) =>
    orders.setLineQuantity({ orderId: 'ord_1', sku: 'pen', quantity: 1, reason: 'r' }, OPERATOR),
  'orders.redact': ({ orders }) => orders.redact({ orderId: 'ord_1' }, OPERATOR),
  'stock.define': ({ stock }) => stock.define({ sku: 'pen', location: 'shed' }, OPERATOR),
  'stock.receive': ({ stock }) => stock.receive(at, OPERATOR),
  'stock.writeOff': ({ stock }) => stock.writeOff({ ...at, reason: 'broken', takeFrom: 'available' }, OPERATOR),
  'transfers.create': ({ transfers }) =>
    transfers.create({ from: 'main', to: 'shed', lines: [{ sku: 'pen', quantity: 1 }] }, OPERATOR),
  'holds.release': ({ holds }) => holds.release({ holdId: 'hld_1', reason: 'r' }, OPERATOR),
  'reservations.create': ({ reservations }) =>
    reservations.create({ reference: 'r', lines: [{ sku: 'pen', quantity: 1 }], ttlMs: 1_000 }, OPERATOR),
};

describe('the deadline of a call includes the reads before its transaction', () => {
  test('of a store that does not answer', async () => {
    await using shop = await stallingShop();
    shop.stall();
    const calls = Object.entries(WAITING).map(async ([name, work]) => [
      name,
      await endOf(work(shop.holdfast, OPERATOR)),
    ]);
    const ends = Object.fromEntries((await Promise.all(calls)) as [string, string][]);
    expect(ends).toEqual(Object.fromEntries(Object.keys(WAITING).map((name) => [name, 'unavailable'])));
  });
});

/** Each reads a list again after its effect, so that this process knows the change. */
const CHANGING: Record<string, Work> = {
  'session.revoke': ({ sessions }, call) => sessions.revoke({ session: 'hash-of-ann' }, call),
  'keys.create': ({ keys }, call) => keys.create({ name: 'printer', scopes: [] }, call),
  'locations.define': ({ locations }, call) => locations.define({ id: 'shed' }, call),
};

test.each(Object.entries(CHANGING))('%s answers in time although the list cannot be read again', async (_, work) => {
  await using shop = await stallingShop();
  shop.hooks.afterApply = async () => shop.stall();
  expect(await endOf(work(shop.holdfast, OPERATOR))).not.toBe('late');
});
