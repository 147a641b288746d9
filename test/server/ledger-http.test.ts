import { request } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR = headersOf({ operator: true });
const SKUS = 6_000;

let shop: ShopServer;

beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error' });
  const file = ['sku,onHand', ...Array.from({ length: SKUS }, (_, row) => `s-${row},5`)].join('\n');
  const headers = { 'content-type': 'text/csv', ...OPERATOR };
  await shop.fetch('/api/v1/stock/import?key=all', { method: 'POST', body: file, headers });
});
afterAll(() => shop[Symbol.asyncDispose]());

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('sends the ledger as JSON lines, which end with the place to continue from', async () => {
  const answer = await shop.fetch('/api/v1/ledger', { headers: OPERATOR });
  expect(answer.headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
  const lines = linesOf(answer.text);
  expect(lines).toHaveLength(SKUS + 1);
  expect(lines[0]).toMatchObject({ type: 'movement', sku: 's-0', kind: 'counted', cause: { by: 'operator' } });
  const { after } = lines.at(-1) as { after: string };
  expect(after).toBe(lines.at(-2)?.['position']);
  const rest = await shop.fetch(`/api/v1/ledger?after=${after}`, { headers: OPERATOR });
  expect(linesOf(rest.text)).toEqual([{ type: 'end', after, more: false }]);
  const limited = linesOf((await shop.fetch('/api/v1/ledger?limit=2', { headers: OPERATOR })).text);
  expect(limited.at(-1)).toEqual({ type: 'end', after: lines[1]?.['position'], more: true });
});

test.each([
  ['a malformed position', 'after=6', 'after'],
  ['two positions', 'after=1-0&after=2-0', 'after'],
  ['a position after the newest entry', 'after=9000000-0', 'after'],
  ['a limit of 0', 'limit=0', 'limit'],
  ['a limit that is too high', 'limit=1000001', 'limit'],
  ['an unknown field', 'before=6-0', ''],
])('refuses %s', async (_name, query, path) => {
  const { status, text } = await shop.fetch(`/api/v1/ledger?${query}`, { headers: OPERATOR });
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { reason: 'invalid_input', meta: { issues: [{ path }] } } });
});

test('refuses a request without a key, and methods other than GET', async () => {
  expect((await shop.fetch('/api/v1/ledger')).status).toBe(401);
  const posted = await shop.fetch('/api/v1/ledger', { method: 'POST', headers: OPERATOR });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
});

test('reads the store no faster than the client reads the answer', async () => {
  let pages = 0;
  const { store } = shop;
  const feed = store.feed.bind(store);
  store.feed = (page) => {
    pages += 1;
    return feed(page);
  };
  const sent = request(`${shop.url}/api/v1/ledger`, { headers: OPERATOR });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  await shop.query('stock.level', { sku: 's-0' }, { operator: true });
  expect(pages).toBeLessThan(SKUS / 1_000 + 1);
  let text = '';
  for await (const part of answer) text += part.toString();
  store.feed = feed;
  expect(linesOf(text)).toHaveLength(SKUS + 1);
});
