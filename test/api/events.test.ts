import { expect, test } from 'vitest';
import type { AdminEvent } from '../../src/contract/outputs/admin-outputs.ts';
import { poll } from '../support/poll.ts';
import { type Credentials, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const ROOT: Credentials = { operator: true };
const EDGE = { TRUST_PROXY: 'loopback', WEBHOOK_ALLOW_PRIVATE: 'yes', LOG_LEVEL: 'warn' };
/** A public address, as a trusted proxy forwards it. */
const FORWARDED = { 'x-forwarded-for': '93.184.216.34' };

async function eventsOf(shop: ShopServer, what?: string): Promise<AdminEvent[]> {
  const { data } = await shop.query('admin.events', { limit: 500 }, ROOT);
  return (data as { items: AdminEvent[] }).items.filter((event) => what === undefined || event.what === what);
}

async function keyOf(shop: ShopServer, name: string, scopes: string[]): Promise<Credentials> {
  const { data } = await shop.mutate('keys.create', { name, scopes }, ROOT);
  return { operator: (data as { key: string }).key, headers: FORWARDED };
}

const price = (amount: number) => ({ amount, currency: 'EUR' });

test('changes by a key are recorded with its name, its client, and what was before and after', async () => {
  await using shop = await startShop(EDGE);
  const key = await keyOf(shop, 'buyer', ['stock:write', 'webhooks:manage', 'keys:manage', 'admin:manage']);
  await shop.mutate('stock.define', { sku: 'tea', unitPrice: price(450), title: 'Tea' }, key);
  await shop.mutate('stock.define', { sku: 'tea', unitPrice: price(1), title: 'Tea' }, key);
  await shop.mutate('stock.define', { sku: 'tea', unitPrice: price(1) }, key);
  await shop.mutate('stock.archive', { sku: 'tea', reason: 'gone' }, key);
  const hook = await shop.mutate('webhooks.create', { url: 'http://127.0.0.1:9/secret-path' }, key);
  const { endpointId } = hook.data as { endpointId: string };
  await shop.mutate('webhooks.update', { endpointId, enabled: false }, key);
  await shop.mutate('webhooks.rotateSecret', { endpointId, reason: 'leaked' }, key);
  await shop.mutate('webhooks.delete', { endpointId }, key);
  const child = await shop.mutate('keys.create', { name: 'child', scopes: ['stock:read'] }, key);
  const { keyId, key: text } = child.data as { keyId: string; key: string };
  await shop.mutate('keys.revoke', { keyId }, key);
  await shop.mutate('admin.acceptClock', {}, key);
  await shop.mutate('admin.repairIndexes', {}, key);

  const events = (await eventsOf(shop)).toReversed().slice(1);
  const endpoint = { endpointId, origin: 'http://127.0.0.1:9', enabled: true };
  const described = { keyId, name: 'child', scopes: ['stock:read'] };
  expect(events.map(({ what, before, after }) => ({ what, before, after }))).toEqual([
    { what: 'stock.define', before: undefined, after: { sku: 'tea', title: 'Tea', unitPrice: price(450) } },
    { what: 'stock.define', before: { sku: 'tea', unitPrice: price(450) }, after: { sku: 'tea', unitPrice: price(1) } },
    { what: 'stock.archive', before: undefined, after: { sku: 'tea' } },
    { what: 'webhooks.create', before: undefined, after: endpoint },
    { what: 'webhooks.update', before: endpoint, after: { ...endpoint, enabled: false } },
    {
      what: 'webhooks.rotateSecret',
      before: { ...endpoint, enabled: false },
      after: { ...endpoint, enabled: false },
    },
    { what: 'webhooks.delete', before: { ...endpoint, enabled: false }, after: undefined },
    { what: 'keys.create', before: undefined, after: described },
    { what: 'keys.revoke', before: described, after: undefined },
    { what: 'admin.acceptClock', before: expect.any(Object), after: expect.any(Object) },
    { what: 'admin.repairIndexes', before: undefined, after: { mended: 0, rules: [] } },
  ]);
  expect(events.filter(({ reason }) => reason !== undefined)).toMatchObject([
    { what: 'stock.archive', reason: 'gone' },
    { what: 'webhooks.rotateSecret', reason: 'leaked' },
  ]);
  for (const { by, from, at } of events) {
    expect([by, from]).toEqual(['key:buyer', expect.stringMatching(/^clt_/)]);
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  }
  expect(JSON.stringify(events)).not.toMatch(/secret-path|whsec_/);
  expect(JSON.stringify(events)).not.toContain(text);
});

test('a refused change leaves no event, and a repeated one leaves one', async () => {
  await using shop = await startShop(EDGE);
  await shop.mutate('stock.archive', { sku: 'none', reason: 'r' }, ROOT);
  const define = { sku: 'tea', title: 'Tea', idempotencyKey: 'k' };
  for (let time = 0; time < 3; time += 1) await shop.mutate('stock.define', define, ROOT);
  expect((await eventsOf(shop)).map(({ what, by }) => [what, by])).toEqual([['stock.define', 'operator']]);
});

test('a session that is bound to a customer, and each answer with contacts, leave an event', async () => {
  await using shop = await startShop(EDGE);
  const shopper: Credentials = { session: 'a-shopper-of-the-events' };
  await shop.mutate('session.create', {}, {});
  await shop.mutate('session.create', { customerId: 'alice@shop.example' }, ROOT);
  await shop.mutate('stock.define', { sku: 'tea' }, ROOT);
  await shop.mutate('stock.receive', { sku: 'tea', quantity: 9 }, ROOT);
  await shop.mutate('cart.add', { sku: 'tea', quantity: 1 }, shopper);
  const contact = { email: 'ada@shop.example' };
  const { data } = await shop.mutate('checkout.place', { idempotencyKey: 'k', contact }, shopper);
  const { orderId } = data as { orderId: string };
  await shop.query('orders.get', { orderId }, shopper);
  await shop.query('orders.get', { orderId }, await keyOf(shop, 'printer', ['orders:read']));
  const support = await keyOf(shop, 'support', ['orders:read:contact']);
  await shop.query('orders.get', { orderId }, support);
  await shop.fetch('/api/v1/orders', { headers: headersOf(ROOT) });
  const listed = await shop.query('orders.list', { omitContact: true }, ROOT);
  expect(listed.data).toMatchObject({ items: [{ orderId }] });
  expect(listed.text).not.toContain('contact');
  const reads = await eventsOf(shop, 'contacts.read');
  expect(reads.map(({ by, after }) => [by, after])).toEqual([
    ['operator', { orders: 1, orderIds: [orderId] }],
    ['key:support', { orders: 1, orderIds: [orderId] }],
  ]);
  const [bound, ...others] = await eventsOf(shop, 'session.create');
  expect(others).toEqual([]);
  expect(bound).toMatchObject({ by: 'operator', after: { customer: expect.stringMatching(/^customer:/) } });
  expect(JSON.stringify(await eventsOf(shop))).not.toMatch(/alice|ada@/);
});

test('pages of events are complete and in order, the newest first', async () => {
  await using shop = await startShop(EDGE);
  for (let n = 0; n < 7; n += 1) await shop.mutate('stock.define', { sku: `s${n}` }, ROOT);
  const skus: string[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await shop.query('admin.events', { limit: 3, ...(cursor && { cursor }) }, ROOT);
    const page = data as { items: { after: { sku: string } }[]; nextCursor?: string };
    skus.push(...page.items.map(({ after }) => after.sku));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(skus).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0']);
});

test('wrong operator keys leave one line in the log and one event for each client and minute', async () => {
  await using shop = await startShop(EDGE);
  const attempt = (n: number) =>
    shop.query('stock.list', undefined, { operator: `wrong-key-${n}`, headers: FORWARDED });
  const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => attempt(n)));
  // Too many of them in a minute are refused before the key is looked at.
  expect(answers.filter(({ status }) => status !== 403 && status !== 429)).toEqual([]);
  await shop.query('stock.list', undefined, { operator: 'another-wrong-key' });
  const events = await poll(async () => {
    const found = await eventsOf(shop, 'login.failed');
    return found.length >= 2 && found;
  });
  expect(events.map(({ by, from, after }) => [by, from, after])).toEqual([
    ['unknown', undefined, { count: 1 }],
    ['unknown', expect.stringMatching(/^clt_/), { count: 1 }],
  ]);
  const line = { level: 40, msg: 'requests with a wrong operator key were refused', count: 1 };
  const lines = shop.log.filter(({ msg }) => msg === line.msg);
  expect(lines).toMatchObject([
    { ...line, client: '93.184.216.34' },
    { ...line, client: '127.0.0.1' },
  ]);
  expect(shop.logText()).not.toContain('wrong-key');
});
