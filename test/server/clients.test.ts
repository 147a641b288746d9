import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { networksOf } from '../../src/http/listener/client-address.ts';
import { Clients } from '../../src/http/listener/clients.ts';
import { orderKey } from '../../src/transact/documents/names.ts';
import { poll } from '../support/poll.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';

const NAME = /^clt_[\w-]{22}$/;
const socketOf = (remoteAddress: string): Socket => ({ remoteAddress }) as Socket;

describe('the name of a client', () => {
  const clients = new Clients({ trusted: networksOf(['loopback']), hasKeys: true });
  const proxy = socketOf('127.0.0.1');
  const from = (headers: Record<string, string>, socket = proxy) => clients.of({ socket, headers });

  test('is a hash of its address, and the same on each connection', () => {
    const direct = from({}, socketOf('8.8.8.8'));
    expect(direct).toMatch(NAME);
    expect(from({ 'x-forwarded-for': '8.8.8.8' })).toBe(direct);
    expect(from({ 'x-forwarded-for': '9.9.9.9' })).not.toBe(direct);
  });

  test('is a hash of the key that a trusted proxy sets', () => {
    const byKey = from({ 'x-client-key': 'device-7', 'x-forwarded-for': '8.8.8.8' });
    expect(byKey).toMatch(NAME);
    expect(from({ 'x-client-key': 'device-7', 'x-forwarded-for': '9.9.9.9' })).toBe(byKey);
    expect(from({ 'x-client-key': '8.8.8.8' })).not.toBe(from({ 'x-forwarded-for': '8.8.8.8' }));
  });

  test('ignores a key from any other address, and keys that a client and a proxy have both sent', () => {
    const direct = from({}, socketOf('8.8.8.8'));
    expect(from({ 'x-client-key': 'device-7' }, socketOf('8.8.8.8'))).toBe(direct);
    expect(from({ 'x-client-key': 'invented, device-7', 'x-forwarded-for': '8.8.8.8' })).toBe(direct);
    expect(from({ 'x-client-key': 'k'.repeat(129), 'x-forwarded-for': '8.8.8.8' })).toBe(direct);
  });

  test('never follows from a key unless keys are switched on', () => {
    const keyless = new Clients({ trusted: networksOf(['loopback']) });
    const of = (headers: Record<string, string>) => keyless.of({ socket: proxy, headers });
    expect(of({ 'x-client-key': 'device-7', 'x-forwarded-for': '8.8.8.8' })).toBe(
      from({ 'x-forwarded-for': '8.8.8.8' }),
    );
    expect(of({ 'x-client-key': 'device-7' })).toBeUndefined();
  });

  test('is absent for a private address, which is reported once', () => {
    let reports = 0;
    const watched = new Clients({ trusted: [], hasKeys: true, onUnknown: () => (reports += 1) });
    for (const address of ['127.0.0.1', '10.0.0.1', '::1'])
      expect(watched.of({ socket: socketOf(address), headers: { 'x-client-key': 'device-7' } })).toBeUndefined();
    expect(watched.hasUnknown).toBe(true);
    expect(reports).toBe(1);
  });
});

async function beginOrder(shop: ShopServer, session: string, headers: Record<string, string>): Promise<string> {
  await shop.mutate('cart.add', { sku: 'fan', quantity: 1 }, { session, headers });
  const begun = await shop.mutate('checkout.begin', { idempotencyKey: 'begin-1' }, { session, headers });
  return (begun.data as { orderId: string }).orderId;
}

async function storedClient(shop: ShopServer, orderId: string): Promise<unknown> {
  const [view] = await shop.store.read([{ documents: [orderKey(orderId)] }]);
  return (JSON.parse(view?.documents[0]?.record.body ?? '{}') as { client?: unknown }).client;
}

test('an order that awaits its payment has its client, and an ended one has none', async () => {
  await using shop = await startShop({ TRUST_PROXY: 'loopback', CLIENT_KEYS: 'on' });
  await shop.mutate('stock.define', { sku: 'fan', unitPrice: { amount: 1, currency: 'EUR' } }, { operator: true });
  await shop.mutate('stock.receive', { sku: 'fan', quantity: 50 }, { operator: true });
  const cancelled = await beginOrder(shop, 'a-shopper-1', { 'x-client-key': 'device-7' });
  const confirmed = await beginOrder(shop, 'a-shopper-2', { 'x-client-key': 'device-7' });
  const unknown = await beginOrder(shop, 'a-shopper-3', {});
  expect(await storedClient(shop, cancelled)).toMatch(NAME);
  expect(await storedClient(shop, unknown)).toBeUndefined();
  await shop.mutate('checkout.cancel', { orderId: cancelled }, { session: 'a-shopper-1' });
  await shop.mutate('checkout.confirm', { orderId: confirmed, paymentReference: 'p-1' }, { operator: true });
  expect(await storedClient(shop, cancelled)).toBeUndefined();
  expect(await storedClient(shop, confirmed)).toBeUndefined();
});

test('by default, a server ignores the keys that its proxies send', async () => {
  await using shop = await startShop({ TRUST_PROXY: 'loopback', RATE_SESSIONS_MAX: '1' });
  const create = async (key: string): Promise<number> => {
    const headers = { 'x-client-key': key, 'x-forwarded-for': '8.8.8.8' };
    return (await shop.mutate('session.create', undefined, { headers })).status;
  };
  expect([await create('a'), await create('b')]).toEqual([200, 429]);
});

test('readiness says that calls have no client', async () => {
  await using shop = await startShop();
  for (const session of ['a-shopper-1', 'a-shopper-2']) await shop.query('cart.get', undefined, { session });
  const ready = await poll(async () => {
    const { text } = await shop.fetch('/health/ready');
    return text.includes('TRUST_PROXY') && text;
  });
  expect(JSON.parse(ready)).toMatchObject({ status: 'ready', notes: [expect.stringContaining('TRUST_PROXY')] });
});
