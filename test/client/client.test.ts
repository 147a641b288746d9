import { readFileSync } from 'node:fs';
import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import {
  createHoldfastClient,
  type HoldfastClient,
  type Inputs,
  isRefusal,
  type MetaOf,
  type Outputs,
  type Reason,
  reasonOf,
  type RefusedError,
} from '../../src/client/client.ts';
import type { WIRE } from '../../src/contract/calls/wire-refusals.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
let operator: HoldfastClient;
beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error' });
  operator = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  await operator.stock.define.mutate({ sku: 'a', title: undefined, unitPrice: { amount: 1_299, currency: 'EUR' } });
  await operator.stock.receive.mutate({ sku: 'a', quantity: 10 });
});
afterAll(() => shop[Symbol.asyncDispose]());

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('a shopper buys', async () => {
  const { sessionId } = await createHoldfastClient({ url: `${shop.url}/` }).session.create.mutate();
  const client = createHoldfastClient({ url: shop.url, sessionId });
  const cart = await client.cart.add.mutate({ sku: 'a', quantity: 2 });
  expect(cart).toMatchObject({ granted: 2, total: { amount: 2_598, currency: 'EUR' } });
  const order = await client.checkout.place.mutate({ idempotencyKey: 'k', expectedTotal: cart.total ?? undefined });
  expect(await client.orders.get.query({ orderId: order.orderId })).toEqual(order);
  expect((await client.cart.get.query()).lines).toEqual([]);
});

test('reads the session before each request, so that a page can sign in later', async () => {
  const page: { sessionId?: string } = {};
  const client = createHoldfastClient({ url: shop.url, sessionId: () => page.sessionId });
  expect(reasonOf(await caught(client.cart.get.query()))).toBe('session_required');
  page.sessionId = 'a-session-that-came-later';
  expect((await client.cart.get.query()).lines).toEqual([]);
});

test('sends more calls than fit into one request in several', async () => {
  const client = createHoldfastClient({ url: shop.url, sessionId: 'a-very-busy-shopper' });
  const carts = await Promise.all(Array.from({ length: 120 }, () => client.cart.get.query()));
  expect(carts).toHaveLength(120);
  const lots = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      client.stock.availability.query({ skus: Array.from({ length: 100 }, (_, m) => `${n}-${m}-${'x'.repeat(50)}`) }),
    ),
  );
  expect(lots.every((answers) => answers.length === 100)).toBe(true);
});

describe('refusals', () => {
  const client = () => createHoldfastClient({ url: shop.url, sessionId: 'a-refused-shopper' });

  test('have a reason and its meta', async () => {
    const error = await caught(client().cart.add.mutate({ sku: 'a', quantity: 9_999 }));
    expect(isRefusal(error)).toBe(true);
    expect(isRefusal(error, 'limit_exceeded', 'insufficient_stock')).toBe(true);
    expect(isRefusal(error, 'limit_exceeded')).toBe(false);
    expect(isRefusal(error, 'insufficient_stock') && error.data.meta.lines).toEqual([
      { sku: 'a', requested: 9_999, available: expect.any(Number) },
    ]);
  });

  test('a network failure is not a refusal', async () => {
    const nobody = createHoldfastClient({ url: 'http://127.0.0.1:1' });
    const error = await caught(nobody.cart.get.query());
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(isRefusal(error)).toBe(false);
    expect(reasonOf(error)).toBeNull();
    for (const other of [new Error('x'), null, undefined, 'x']) expect(reasonOf(other)).toBeNull();
  });
});

/** The type of `meta` by reason, as `isRefusal` narrows it. */
type Narrowed = { [R in Reason]: RefusedError<R>['data']['meta'] };

/** The fields of `meta` that the contract promises by reason. Other reasons promise none. */
type PromisedMeta = {
  invalid_input: { issues: { path: string; message: string }[] };
  unknown_sku: { sku: string };
  unknown_location: { location: string };
  unknown_order: { orderId: string };
  unknown_endpoint: { endpointId: string };
  insufficient_stock: { lines: { sku: string; requested: number; available?: number }[] };
  limit_exceeded: { sku: string; limit: number; already: number };
  cart_full: { limit: number };
  quantity_limit: { limit: number };
  cart_changed: { expectedTotal: Money; total: Money | null };
  return_exceeds_sold: { sku: string };
  stock_overflow: { sku: string };
  below_reserved: { onHand: number; reserved: number };
  count_mismatch: { onHand: number; reserved: number };
  recovery_mismatch: { acceptable: number | null };
  unknown_hold: { holdId: string };
  hold_not_active: { holdId: string; state: string };
  order_state: { orderId: string; status: string };
  hold_expired: { lines: { sku: string }[] };
  payment_too_late: { orderId: string };
  idempotency_mismatch: { idempotencyKey: string };
  overloaded: { retryAfterMs: number };
  rate_limited: { retryAfterMs: number };
  outcome_unknown: { idempotencyKey: string };
  internal: { requestId: string };
};
type Money = { amount: number; currency: string };

describe('types', () => {
  test('inputs and outputs are those of the server', () => {
    expectTypeOf<Inputs['cart']['add']>().toEqualTypeOf<{
      sku: string;
      quantity: number;
      mode?: 'exact' | 'best_effort' | undefined;
      admission?: string | undefined;
      channel?: string | undefined;
      locations?: readonly string[] | undefined;
      sourcing?: 'priority' | 'fewest_parcels' | undefined;
      idempotencyKey?: string | undefined;
    }>();
    expectTypeOf<Outputs['cart']['add']['granted']>().toEqualTypeOf<number>();
    expectTypeOf<Outputs['orders']['get']['status']>().toEqualTypeOf<
      'awaiting_payment' | 'placed' | 'cancelled' | 'expired' | 'refund_due' | 'partially_fulfilled' | 'fulfilled'
    >();
    expectTypeOf<HoldfastClient['checkout']['place']['mutate']>().parameter(0).toExtend<{ idempotencyKey: string }>();
    expectTypeOf<HoldfastClient['cart']>().not.toHaveProperty('nope');
    expectTypeOf<HoldfastClient['cart']['get']>().not.toHaveProperty('mutate');
  });

  test('the reason determines the type of meta', () => {
    expectTypeOf<MetaOf<'insufficient_stock'>>().toEqualTypeOf<{
      lines: { sku: string; requested: number; available?: number }[];
    }>();
    expectTypeOf<MetaOf<'overloaded'>>().toEqualTypeOf<{ retryAfterMs: number }>();
    expectTypeOf<keyof typeof WIRE>().toEqualTypeOf<Reason>();
    const error: unknown = null;
    if (isRefusal(error, 'outcome_unknown')) expectTypeOf(error.data.meta.idempotencyKey).toEqualTypeOf<string>();
    if (isRefusal(error, 'below_reserved', 'count_mismatch')) {
      expectTypeOf(error.data.meta).toEqualTypeOf<
        | { onHand: number; reserved: number; committed: number }
        | { onHand: number; reserved: number; committed: number }
      >();
    }
    if (isRefusal(error)) expectTypeOf(error.data.reason).toEqualTypeOf<Reason>();
    expectTypeOf<Narrowed>().toEqualTypeOf<{ [R in Reason]: MetaOf<R> }>();
    expectTypeOf<{ [R in Reason]: MetaOf<R> }>().toExtend<PromisedMeta>();
    if (isRefusal(error)) {
      switch (error.data.reason) {
        case 'order_state':
          expectTypeOf(error.data.meta.status).toExtend<string>();
          break;
        case 'hold_not_active':
          expectTypeOf(error.data.meta.holdId).toEqualTypeOf<string>();
          break;
        default:
          expectTypeOf(error.data.reason).not.toEqualTypeOf<Reason>();
      }
    }
    expect(reasonOf(error)).toBeNull();
  });
});

test('the client imports only tRPC, and nothing of the server or Node', () => {
  const packages = new Set<string>();
  const walked = new Set<string>();
  /** Statements and calls, not the words in texts. */
  const imports = /(?:^(?:(?:import|export|\}) [^'"`\n]*\bfrom|import) |\bimport\()['"]([^'"\n]+)['"]/gm;
  const walk = (url: URL): void => {
    if (walked.has(url.href)) return;
    walked.add(url.href);
    for (const [, from = ''] of readFileSync(url, 'utf8').matchAll(imports)) {
      if (from.startsWith('.')) walk(new URL(from, url));
      else packages.add(from);
    }
  };
  walk(new URL('../../dist/client/client.js', import.meta.url));
  // `rpc` has the table of error codes for refused files. `@trpc/client` imports it as well.
  expect([...packages].sort()).toEqual(['@trpc/client', '@trpc/server/observable', '@trpc/server/rpc']);
  for (const href of walked) expect(href).toContain('/dist/client/');
});
