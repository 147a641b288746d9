import { expect, test } from 'vitest';
import { createHoldfastClient, idempotencyKeyOf, newIdempotencyKey } from '../../src/client/client.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { hookedStore } from '../support/hooked-store.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';

test('sends every mutation with a key, with any input, and queries without', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'silent' });
  await using door = await startFaultyProxy(shop.url);
  const { session, stock, cart, checkout } = createHoldfastClient({
    url: door.url,
    sessionId: 'a-shopper-with-keys',
    operatorKey: OPERATOR_KEY,
  });
  await session.create.mutate();
  await session.create.mutate({});
  await stock.define.mutate({ sku: 'a', idempotencyKey: undefined });
  await stock.receive.mutate({ sku: 'a', quantity: 5 });
  await cart.add.mutate({ sku: 'a', quantity: 1, idempotencyKey: 'mine' });
  await cart.extend.mutate();
  await cart.get.query();
  await checkout.place.mutate({ idempotencyKey: 'my-order' });
  const sent = door.seen.flatMap(({ paths, inputs }) => paths.map((path, n) => [path, inputs[n]?.idempotencyKey]));
  const generated = expect.stringMatching(/^gen_[0-9a-f]{32}$/);
  expect(sent).toEqual([
    ['session.create', generated],
    ['session.create', generated],
    ['stock.define', generated],
    ['stock.receive', generated],
    ['cart.add', 'mine'],
    ['cart.extend', generated],
    ['cart.get', undefined],
    ['checkout.place', 'my-order'],
  ]);
  const keys = sent.map(([, key]) => key).filter((key) => key !== undefined);
  expect(new Set(keys).size).toBe(keys.length);
});

test('leaves an input that is not an object to the server to refuse', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'silent' });
  const { cart } = createHoldfastClient({ url: shop.url, sessionId: 'a-careless-shopper' });
  for (const input of [7, 'x', [], { sku: 'a', quantity: 1, idempotencyKey: 7 }]) {
    const error = await cart.add.mutate(input as never).catch((error: unknown) => error);
    expect(error).toMatchObject({ data: { reason: 'invalid_input' } });
    expect(idempotencyKeyOf(error)).toBeUndefined();
  }
});

test('the server remembers generated keys briefly, and a caller’s own for a day', async () => {
  const kept: Transaction['retention'][] = [];
  const store = hookedStore(openMemoryStore({ shop: 'main' }), {
    beforeApply: async (transactions) => {
      kept.push(...transactions.map(({ retention }) => retention));
    },
  });
  await using shop = await startShop({ LOG_LEVEL: 'silent' }, store);
  const { stock } = createHoldfastClient({ url: shop.url, operatorKey: OPERATOR_KEY });
  await stock.define.mutate({ sku: 'a' });
  await stock.receive.mutate({ sku: 'a', quantity: 5, idempotencyKey: 'delivery-7' });
  await stock.receive.mutate({ sku: 'a', quantity: 5, idempotencyKey: newIdempotencyKey() });
  expect(kept).toEqual(['short', 'long', 'short']);
});

test('idempotencyKeyOf returns undefined for other errors', () => {
  for (const error of [new Error('x'), null, 'x', undefined, {}]) expect(idempotencyKeyOf(error)).toBeUndefined();
});

test('accepts a promise of a session, or a function that it calls before each request', async () => {
  await using shop = await startShop({ LOG_LEVEL: 'silent' });
  const issuer = createHoldfastClient({ url: shop.url });
  let issued = 0;
  const issue = async (): Promise<string> => {
    issued += 1;
    return (await issuer.session.create.mutate()).sessionId;
  };
  const promised = createHoldfastClient({ url: shop.url, sessionId: issue() });
  const cart = await promised.cart.get.query();
  expect(await promised.cart.get.query()).toMatchObject({ cartId: cart.cartId });
  expect(issued).toBe(1);
  const asked = createHoldfastClient({ url: shop.url, sessionId: issue });
  expect((await asked.cart.get.query()).cartId).not.toBe((await asked.cart.get.query()).cartId);
  const failing = createHoldfastClient({ url: shop.url, sessionId: () => Promise.reject(new Error('signed out')) });
  await expect(failing.cart.get.query()).rejects.toThrow('signed out');
});
