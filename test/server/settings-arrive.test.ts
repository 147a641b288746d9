import { describe, expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { poll } from '../support/poll.ts';
import { type Answer, type ShopServer, startShop } from '../support/shop-server.ts';
import { watch } from '../support/watcher.ts';

const DAY_MS = 86_400_000;
const OPERATOR = { operator: true };
const SHOPPER = { session: 'a-shopper-of-this-test' };

interface Shop extends AsyncDisposable {
  server: ShopServer;
  /** The store's time. Only tests advance it. */
  clock: { now: number };
}

/** Starts a server with these settings and 8 units of the SKU `mug`. */
async function open(env: Record<string, string>): Promise<Shop> {
  const clock = { now: Date.now() };
  const server = await startShop(env, openMemoryStore({ shop: 'main', clock: () => clock.now }));
  await server.mutate('stock.define', { sku: 'mug' }, OPERATOR);
  await server.mutate('stock.receive', { sku: 'mug', quantity: 8 }, OPERATOR);
  return { server, clock, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function valueOf<T>({ status, data, text }: Answer): T {
  expect(status, text).toBe(200);
  return data as T;
}

interface Cart {
  expiresAt: number;
  lines: { expiresAt: number }[];
}

const add = async ({ server }: Shop): Promise<Cart> =>
  valueOf(await server.mutate('cart.add', { sku: 'mug', quantity: 1 }, SHOPPER));

const begin = ({ server }: Shop, input: object = {}): Promise<Answer> =>
  server.mutate('checkout.begin', { idempotencyKey: 'pay', ...input }, SHOPPER);

const isDue = async (shop: Shop, input?: object): Promise<number> =>
  valueOf<{ payBefore: number }>(await begin(shop, input)).payBefore - shop.clock.now;

describe.concurrent('a setting reaches the place where it is used', () => {
  test('HOLD_TTL_MS', async () => {
    await using shop = await open({ HOLD_TTL_MS: '7000' });
    const { lines } = await add(shop);
    expect(lines.map(({ expiresAt }) => expiresAt - shop.clock.now)).toEqual([7_000]);
  });

  test.each([
    ['exact', 8],
    ['capped', 3],
    ['status', undefined],
  ])('SHOW_STOCK=%s', async (SHOW_STOCK, available) => {
    await using shop = await open({ SHOW_STOCK, LOW_STOCK_UNITS: '3' });
    const shown = async (who: object = {}) =>
      valueOf<object[]>(await shop.server.query('stock.availability', { skus: ['mug', 'none'] }, who));
    const number = (units: number) => (available === undefined ? {} : { available: units });
    expect(await shown()).toEqual([
      { sku: 'mug', status: 'in_stock', ...number(available ?? 0) },
      { sku: 'none', status: 'unknown', ...number(0) },
    ]);
    expect(await shown(OPERATOR)).toMatchObject([{ available: 8 }, { available: 0 }]);
    const watcher = watch(shop.server.url, ['mug']);
    await poll(() => watcher.states.length > 0);
    watcher.leave();
    expect(watcher.states[0]).toEqual({
      sku: 'mug',
      status: 'in_stock',
      ...number(available ?? 0),
      version: expect.any(Number),
    });
  });

  test('ORDERS_OPEN_MAX_SESSION and ORDERS_DAILY_MAX_SESSION', async () => {
    await using shop = await open({ ORDERS_OPEN_MAX_SESSION: '1', ORDERS_DAILY_MAX_SESSION: '2' });
    const next = async (key: string): Promise<Answer> => {
      await add(shop);
      return begin(shop, { idempotencyKey: key });
    };
    const { orderId } = valueOf<{ orderId: string }>(await next('1'));
    const { status, error } = await next('2');
    expect([status, error?.data['reason']]).toEqual([429, 'rate_limited']);
    valueOf(await shop.server.mutate('checkout.cancel', { orderId }, SHOPPER));
    const second = valueOf<{ orderId: string }>(await next('3'));
    valueOf(await shop.server.mutate('checkout.cancel', { orderId: second.orderId }, SHOPPER));
    expect((await next('4')).error?.data).toMatchObject({ reason: 'rate_limited', meta: { retryAfterMs: DAY_MS } });
  });

  test('ORDERS_OPEN_MAX_CLIENT', async () => {
    await using shop = await open({
      ORDERS_OPEN_MAX_CLIENT: '2',
      HOLD_SHARE_MAX_CLIENT: '0',
      TRUST_PROXY: 'loopback',
      CLIENT_KEYS: 'on',
    });
    const beginFor = async (session: string, client: string): Promise<number> => {
      const who = { session, headers: { 'x-client-key': client } };
      await shop.server.mutate('cart.add', { sku: 'mug', quantity: 1 }, who);
      return (await shop.server.mutate('checkout.begin', { idempotencyKey: 'pay' }, who)).status;
    };
    const statuses: number[] = [];
    for (const session of ['session-1', 'session-2', 'session-3']) statuses.push(await beginFor(session, 'x'));
    statuses.push(await beginFor('session-4', 'y'));
    expect(statuses).toEqual([200, 200, 429, 200]);
  });

  test('UNPAID_ORDER_RETENTION_DAYS, CONTACT_RETENTION_DAYS and DATA_KEY', async () => {
    const DATA_KEY = Buffer.alloc(32, 7).toString('base64');
    await using shop = await open({ UNPAID_ORDER_RETENTION_DAYS: '3', CONTACT_RETENTION_DAYS: '2', DATA_KEY });
    const { server, clock } = shop;
    const contact = { name: 'Ada Lovelace' };
    await add(shop);
    const placed = valueOf<{ orderId: string }>(
      await server.mutate('checkout.place', { idempotencyKey: 'place', contact }, SHOPPER),
    );
    await add(shop);
    const { orderId } = valueOf<{ orderId: string }>(await begin(shop, { contact }));
    valueOf(await server.mutate('checkout.cancel', { orderId }, SHOPPER));
    const [view] = await server.store.read([{ documents: [`order:${orderId}`] }]);
    expect(view?.documents[0]?.record.body).toMatch(/"contact":"sealed:1:/);
    const found = async (id: string): Promise<string> => {
      await server.running.holdfast.expiry.sweepNow();
      const { status, data } = await server.query('orders.get', { orderId: id }, OPERATOR);
      return `${status} ${(data as { contact?: { name: string } } | undefined)?.contact?.name ?? '-'}`;
    };
    expect([await found(orderId), await found(placed.orderId)]).toEqual(['200 Ada Lovelace', '200 Ada Lovelace']);
    clock.now += DAY_MS;
    expect([await found(orderId), await found(placed.orderId)]).toEqual(['200 -', '200 Ada Lovelace']);
    clock.now += DAY_MS;
    expect([await found(orderId), await found(placed.orderId)]).toEqual(['200 -', '200 -']);
    clock.now += DAY_MS;
    expect(await found(orderId)).toBe('404 -');
  });

  test('HOLD_LIFETIME_MAX_MS', async () => {
    await using shop = await open({ HOLD_TTL_MS: '7000', HOLD_LIFETIME_MAX_MS: '9000' });
    const heldAt = shop.clock.now;
    await add(shop);
    shop.clock.now += 5_000;
    const { lines } = valueOf<Cart>(await shop.server.mutate('cart.extend', {}, SHOPPER));
    expect(lines.map(({ expiresAt }) => expiresAt - heldAt)).toEqual([9_000]);
  });

  test('CART_TTL_MS', async () => {
    await using shop = await open({ CART_TTL_MS: '1000000' });
    expect((await add(shop)).expiresAt - shop.clock.now).toBe(1_000_000);
  });

  test('PAYMENT_WINDOW_MS', async () => {
    await using shop = await open({ PAYMENT_WINDOW_MS: '60000' });
    await add(shop);
    expect(await isDue(shop)).toBe(60_000);
  });

  test('PAYMENT_WINDOW_MAX_MS', async () => {
    await using shop = await open({ PAYMENT_WINDOW_MS: '60000', PAYMENT_WINDOW_MAX_MS: '90000' });
    await add(shop);
    expect((await begin(shop, { paymentWindowMs: 90_001 })).error?.data).toMatchObject({ httpStatus: 400 });
    expect(await isDue(shop, { paymentWindowMs: 90_000 })).toBe(90_000);
  });

  test('LINE_QUANTITY_MAX', async () => {
    await using shop = await open({ LINE_QUANTITY_MAX: '3' });
    const setTo = (quantity: number) => shop.server.mutate('cart.setQuantity', { sku: 'mug', quantity }, SHOPPER);
    expect((await setTo(3)).status).toBe(200);
    expect((await setTo(4)).error?.data).toMatchObject({ reason: 'quantity_limit', meta: { limit: 3 } });
  });

  test('LOW_STOCK_UNITS', async () => {
    await using shop = await open({ LOW_STOCK_UNITS: '7' });
    await shop.server.mutate('stock.define', { sku: 'cup' }, OPERATOR);
    await shop.server.mutate('stock.receive', { sku: 'cup', quantity: 7 }, OPERATOR);
    const expected = [
      { sku: 'mug', available: 8, status: 'in_stock' },
      { sku: 'cup', available: 7, status: 'low' },
    ];
    const skus = ['mug', 'cup'];
    expect(valueOf<object[]>(await shop.server.query('stock.availability', { skus }))).toMatchObject(expected);
    const watcher = watch(shop.server.url, skus);
    await poll(() => watcher.states.length === 2);
    expect(watcher.states).toMatchObject(expected);
    watcher.leave();
  });

  test('ORDER_RETENTION_DAYS', async () => {
    await using shop = await open({ ORDER_RETENTION_DAYS: '2' });
    await add(shop);
    const placed = await shop.server.mutate('checkout.place', { idempotencyKey: 'pay' }, SHOPPER);
    const { orderId } = valueOf<{ orderId: string }>(placed);
    const statusAfter = async (ms: number): Promise<number> => {
      shop.clock.now += ms;
      await shop.server.running.holdfast.expiry.sweepNow();
      return (await shop.server.query('orders.get', { orderId }, OPERATOR)).status;
    };
    expect(await statusAfter(2 * DAY_MS - 1)).toBe(200);
    expect(await statusAfter(1)).toBe(404);
  });

  test('LEDGER_RETENTION_DAYS', async () => {
    await using shop = await open({ LEDGER_RETENTION_DAYS: '2' });
    const { expiry, trimLedger } = shop.server.running.holdfast;
    // Entries are kept until their expired holds are followed up, so there has to be one.
    await add(shop);
    const isTrimmedAfter = async (days: number): Promise<boolean> => {
      shop.clock.now += days * DAY_MS;
      await expiry.sweepNow();
      return trimLedger();
    };
    expect(await isTrimmedAfter(2)).toBe(false);
    // An entry may become a little older than the setting before it is dropped.
    expect(await isTrimmedAfter(1)).toBe(true);
  });

  test('SESSION_TTL_MS', async () => {
    await using shop = await open({ SESSION_TTL_MS: '5000' });
    const before = Date.now();
    const { expiresAt } = valueOf<{ expiresAt: number }>(await shop.server.mutate('session.create', {}));
    expect(expiresAt).toBeGreaterThanOrEqual(before + 5_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 5_000);
  });
});
