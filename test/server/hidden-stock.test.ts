import { expect, test } from 'vitest';
import { ACCESS } from '../../src/contract/calls/scopes.ts';
import { type Answer, type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR: Credentials = { operator: true };
const ON_HAND = 7_919;
const LOW = 97;
const shopper = (name: string): Credentials => ({
  session: `a-shopper-called-${name}`,
  headers: { 'x-forwarded-for': name === 'eve' ? '93.184.216.34' : '93.184.216.35' },
});
const EVE = shopper('eve');

/** Returns all numbers of a JSON value. */
const numbersIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : [];

interface Level {
  onHand: number;
  reserved: number;
  available: number;
}

/** Calls each procedure that a shopper may call, and passes every answer to `look`. Returns what was called. */
async function walk(shop: ShopServer, look: (path: string, answer: Answer) => Promise<void>): Promise<Set<string>> {
  const called = new Set<string>();
  const ask = async (path: string, input: object = {}, who = EVE): Promise<Record<string, unknown>> => {
    const isQuery = /\.(?:get|mine|availability)$/.test(path);
    const answer = await (isQuery ? shop.query(path, input, who) : shop.mutate(path, input, who));
    called.add(path);
    await look(path, answer);
    return (answer.data ?? answer.error?.data) as Record<string, unknown>;
  };
  const sku = 'tea';
  await ask('session.create');
  await ask('stock.availability', { skus: [sku] });
  for (const path of ['cart.add', 'cart.setQuantity']) {
    expect(await ask(path, { sku, quantity: 8_000 })).toMatchObject({ reason: 'insufficient_stock' });
    // More than a tenth of the units on hand.
    expect(await ask(path, { sku, quantity: 800 })).toMatchObject({ reason: 'hold_cap' });
  }
  await ask('cart.add', { sku, quantity: 3, mode: 'best_effort' });
  expect(await ask('cart.add', { sku, quantity: 8_000 })).toMatchObject({ reason: 'insufficient_stock' });
  expect(await ask('cart.setQuantity', { sku, quantity: 900 })).toMatchObject({ reason: 'hold_cap' });
  await ask('cart.get');
  await ask('cart.extend');
  await ask('cart.remove', { sku });
  await ask('cart.clear');
  await ask('cart.add', { sku, quantity: 600 }, { ...shopper('guest'), headers: EVE.headers ?? {} });
  await ask('cart.add', { sku, quantity: 100 });
  await ask('cart.merge', { fromSessionId: 'a-shopper-called-guest' });
  const { orderId } = await ask('checkout.begin', { idempotencyKey: 'k1' });
  await ask('cart.add', { sku, quantity: 20 });
  await ask('checkout.attachPayment', { orderId, paymentReference: 'p1' });
  await ask('checkout.cancel', { orderId, restoreCart: true });
  await ask('checkout.place', { idempotencyKey: 'k2' });
  await ask('orders.get', { orderId });
  await ask('orders.mine');
  return called;
}

test.each(['capped', 'status', 'exact'])('with SHOW_STOCK=%s, shoppers see no more than that', async (SHOW_STOCK) => {
  const caps = { HOLD_SHARE_MAX_CLIENT: '10', HOLD_COOLDOWN_MS: '0' };
  await using shop = await startShop({ SHOW_STOCK, LOW_STOCK_UNITS: String(LOW), TRUST_PROXY: 'loopback', ...caps });
  await shop.mutate('stock.define', { sku: 'tea' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'tea', quantity: ON_HAND }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'tea', quantity: 521 }, shopper('ann'));
  const level = async (): Promise<Level> => (await shop.query('stock.level', { sku: 'tea' }, OPERATOR)).data as Level;
  let before = await level();
  const leaks = new Set<string>();
  const seen = new Set<number>();
  const called = await walk(shop, async (path, { data, error }) => {
    const after = await level();
    const secret = new Set(
      [before, after].flatMap(({ onHand, reserved, available }) => [
        onHand,
        reserved,
        available,
        Math.floor(onHand / 10),
      ]),
    );
    before = after;
    for (const number of numbersIn(data ?? error?.data)) {
      seen.add(number);
      if (secret.has(number)) leaks.add(path);
    }
  });
  const mayBeCalled = Object.entries(ACCESS).filter(([, { who }]) => who !== 'key' && who !== 'root');
  // test/server/settings-arrive.test.ts has the updates of stock.watch.
  expect([...called, 'stock.watch'].toSorted()).toEqual(mayBeCalled.map(([path]) => path).toSorted());
  expect([...leaks]).toEqual(SHOW_STOCK === 'exact' ? ['stock.availability', 'cart.add', 'cart.setQuantity'] : []);
  expect(seen.has(LOW)).toBe(SHOW_STOCK === 'capped');
});
