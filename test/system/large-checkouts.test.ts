import { describe, expect, test } from 'vitest';
import { callerOf } from '../../src/api/callers/context.ts';
import { Sessions } from '../../src/api/callers/sessions.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Answer } from '../../src/domain/transaction.ts';
import type { Store } from '../../src/store/store.ts';
import { allOrders, expectSound } from '../support/books.ts';
import { type HttpAnswer, must } from '../support/http-caller.ts';
import { filledKinds } from '../support/filled-shop.ts';
import { configure, consume, drop, put, receive, reserve, transaction } from '../support/transactions.ts';

const CARTS = 256;
const LINES = 100;
const STRANGERS = 20;
const RETRIED = new Set<string>(['overloaded', 'store_unavailable', 'outcome_unknown']);
const HOUR_MS = 3_600_000;
const SKUS = Array.from({ length: LINES }, (_, index) => `sku-${index}`);

const sessionOf = (cart: number): string => `large-cart-${cart}`;

/** As in the server: an id of the shopper's own names the session. */
const sessions = new Sessions({ shop: 'main', ttlMs: HOUR_MS, clock: Date.now });

function cartKey(cart: number): string {
  const session = sessions.open(sessionOf(cart));
  if (!session) throw new Error('not a session');
  return `cart:${callerOf(session).cartId}`;
}

/** A cart of 100 lines, as 100 calls of `cart.add` would leave it. */
function fullCart(cart: number): Step[] {
  const owner = cartKey(cart);
  const holds = SKUS.map((_, line) => `hld_${cart}-${line}`);
  const reserving = SKUS.map((sku, line) => reserve(holds[line]!, sku, 1, { owner, customer: owner, ttlMs: HOUR_MS }));
  const body = JSON.stringify({ lines: SKUS.map((sku) => ({ sku })), lost: [] });
  return [...reserving, put(owner, 'absent', { body, holds, dueInMs: HOUR_MS })];
}

/** A checkout of such a cart, as the service composes it. */
function checkout(cart: number): Step[] {
  const owner = cartKey(cart);
  const lines = SKUS.map((sku) => ({ sku, quantity: 1, returned: 0 }));
  const body = JSON.stringify({ session: `${cart}`, createdAt: Date.now(), total: null, lines });
  return [
    ...SKUS.map((_, line) => consume(`hld_${cart}-${line}`, { owner, quantity: 1 })),
    put(`order:ord_${cart}`, 'absent', { body, list: 'placed', dueInMs: HOUR_MS }),
    drop(owner, 'present'),
  ];
}

/** Carts in one batch: the batcher would not send more, and a slow store applies them in time. */
const CARTS_A_BATCH = 8;

/** Creates all carts, and the checkouts of the second half of them. */
async function fill(store: Store): Promise<void> {
  const supply = SKUS.flatMap((sku) => [configure(sku), receive(sku, 2 * CARTS + STRANGERS)]);
  await store.apply([transaction('supply', supply)]);
  const carts = Array.from({ length: 2 * CARTS }, (_, cart) => cart);
  const filling = carts.map((cart) => transaction(`fill-${cart}`, fullCart(cart)));
  const buying = carts
    .slice(CARTS)
    .map((cart) => transaction(`buy-${cart}`, checkout(cart), { cause: { by: 'shopper', orderId: `ord_${cart}` } }));
  const all = [...filling, ...buying];
  for (let from = 0; from < all.length; from += CARTS_A_BATCH) {
    const { answers } = await store.apply(all.slice(from, from + CARTS_A_BATCH));
    expectEffect(answers);
  }
}

/** A batch can outlast the first wait for its reply. The store then sends it again, and reports its own effect. */
function expectEffect(answers: readonly Answer[]): void {
  expect(answers.filter(({ status }) => status !== 'applied' && status !== 'replayed')).toEqual([]);
}

/** Repeats a call under its key, as clients do, while a machine that is too slow for all calls at once refuses it. */
async function patiently<T>(call: () => Promise<HttpAnswer<T>>): Promise<T> {
  for (;;) {
    const answer = await call();
    if (answer.ok || !RETRIED.has(answer.reason)) return must(answer);
  }
}

describe.each(filledKinds)('on $name', ({ open }) => {
  test('applies 256 concurrent checkouts of 100 lines each, and keeps serving others', {
    timeout: 180_000,
  }, async () => {
    await using shop = await open(fill);
    const { caller } = shop;
    const orders = Promise.all(
      Array.from({ length: CARTS }, (_, cart) =>
        patiently(() => caller.as(sessionOf(cart)).mutate('checkout.place', { idempotencyKey: 'pay' })),
      ),
    );
    await Promise.all(
      Array.from({ length: STRANGERS }, (_, index) =>
        patiently(() =>
          caller.as(`stranger-${index}`).mutate('cart.add', { sku: SKUS[index]!, quantity: 1, idempotencyKey: 'add' }),
        ),
      ),
    );
    const placed = await orders;
    expect(new Set(placed.map(({ orderId }) => orderId)).size).toBe(CARTS);
    expect(placed.every(({ lines }) => lines.length === LINES)).toBe(true);
    expect(await allOrders(caller)).toHaveLength(2 * CARTS);
    for (const sku of ['sku-0', 'sku-99']) {
      const { onHand, reserved, committed } = must(await caller.asOperator().query('stock.level', { sku }));
      expect([onHand - committed, reserved]).toEqual([STRANGERS, sku === 'sku-0' ? 1 : 0]);
    }
    await expectSound(caller);
  });
});
