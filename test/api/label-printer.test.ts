import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Scope } from '../../src/contract/scope-names.ts';
import { type Answer, type Credentials, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const ROOT: Credentials = { operator: true };
const SHOPPER: Credentials = { session: 'a-shopper-with-a-label' };

let shop: ShopServer;
let orderId: string;
beforeAll(async () => {
  shop = await startShop({ WEBHOOK_ALLOW_PRIVATE: 'yes' });
  await shop.mutate('stock.define', { sku: 'tea', unitPrice: { amount: 450, currency: 'EUR' } }, ROOT);
  await shop.mutate('stock.receive', { sku: 'tea', quantity: 10 }, ROOT);
  await shop.mutate('cart.add', { sku: 'tea', quantity: 1 }, SHOPPER);
  const contact = { name: 'Ada Lovelace', email: 'ada@shop.example' };
  const { data } = await shop.mutate('checkout.place', { idempotencyKey: 'k', contact }, SHOPPER);
  ({ orderId } = data as { orderId: string });
});
afterAll(() => shop[Symbol.asyncDispose]());

async function keyOf(name: string, scopes: Scope[]): Promise<Credentials> {
  const { data } = await shop.mutate('keys.create', { name, scopes }, ROOT);
  return { operator: (data as { key: string }).key };
}

const reason = ({ error }: Answer) => error?.data['reason'];

test('the key of a label printer changes no price and creates no webhook', async () => {
  const printer = await keyOf('label-printer', ['orders:read']);
  const price = { sku: 'tea', unitPrice: { amount: 1, currency: 'EUR' } };
  expect(reason(await shop.mutate('stock.define', price, printer))).toBe('not_authorized');
  expect(reason(await shop.mutate('webhooks.create', { url: 'http://127.0.0.1:9/' }, printer))).toBe('not_authorized');
  expect(reason(await shop.mutate('keys.create', { name: 'k', scopes: [] }, printer))).toBe('not_authorized');
  expect((await shop.query('stock.level', { sku: 'tea' }, ROOT)).data).toMatchObject({ unitPrice: { amount: 450 } });
});

test('a key without orders:read:contact reads orders without contacts, in every answer', async () => {
  const printer = await keyOf('label-printer', ['orders:read', 'orders:write', 'payments:confirm']);
  const cancelled = { orderId, lines: [{ sku: 'tea', quantity: 1 }], restock: true, reason: 'r', idempotencyKey: 'r' };
  const answers = [
    await shop.query('orders.get', { orderId }, printer),
    await shop.query('orders.list', {}, printer),
    await shop.fetch(`/api/v1/orders/${orderId}`, { headers: headersOf(printer) }),
    await shop.fetch('/api/v1/orders', { headers: headersOf(printer) }),
    await shop.mutate('orders.return', cancelled, printer),
  ];
  for (const { status, text } of answers) {
    expect(status).toBe(200);
    expect(text).toContain(orderId);
    expect(text).not.toMatch(/contact|Ada/);
  }
  const reader = await keyOf('support', ['orders:read:contact']);
  for (const who of [reader, ROOT, SHOPPER]) {
    expect((await shop.query('orders.get', { orderId }, who)).text).toContain('Ada Lovelace');
  }
});

test('the ledger names the key', async () => {
  const scanner = await keyOf('scanner', ['stock:write']);
  const receive = { sku: 'tea', quantity: 1, idempotencyKey: 'delivery-17' };
  await shop.mutate('stock.receive', receive, scanner);
  // A second key of that name is the same principal, so the call is not applied twice. The operator is another one.
  await shop.mutate('stock.receive', receive, await keyOf('scanner', ['stock:write']));
  await shop.mutate('stock.receive', receive, ROOT);
  const { data } = await shop.query('stock.history', { sku: 'tea', limit: 2 }, scanner);
  const { movements } = data as { movements: { cause: { by: string } }[] };
  expect(movements.map(({ cause }) => cause.by)).toEqual(['operator', 'key:scanner']);
});
