import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportReport } from '../../src/contract/outputs/stock-outputs.ts';
import { csvOf, skuOf } from '../support/import-files.ts';
import { poll } from '../support/poll.ts';
import { headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const OPERATOR = headersOf({ operator: true });
const CSV = { ...OPERATOR, 'content-type': 'text/csv' };
const IMPORT = '/api/v1/stock/import';
const EXPORT = '/api/v1/stock/export';

type Body = NonNullable<RequestInit['body']>;
type Line = { type: string } & Partial<ImportReport>;

const send = (query: string, body: Body, headers: Record<string, string> = CSV, to = shop) =>
  to.fetch(`${IMPORT}?${query}`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const lastOf = (text: string): Line => linesOf(text).at(-1)!;
const bytes = (parts: Iterable<string>): Body => Readable.toWeb(Readable.from(parts)) as unknown as Body;
const errorOf = ({ text }: { text: string }) => (JSON.parse(text) as { error: { reason: string; meta: object } }).error;
const reasonOf = (answer: { text: string }) => errorOf(answer).reason;

describe('requests that are refused before a row is read', () => {
  test('checks credentials first', async () => {
    for (const headers of [
      {},
      headersOf({ operator: 'some-other-key-of-nobody' }),
      headersOf({ session: 'session-of-ann' }),
    ]) {
      const status = 'authorization' in headers ? 403 : 401;
      const refused = await send('bad=1', 'x', headers);
      expect([refused.status, reasonOf(refused)]).toEqual([status, 'not_authorized']);
      const none = await shop.fetch(`${EXPORT}?bad=1`, { headers });
      expect([none.status, reasonOf(none)]).toEqual([status, 'not_authorized']);
      expect(none.headers.has('www-authenticate')).toBe(status === 401);
    }
    expect((await shop.query('stock.importStatus', { key: 'k' })).error?.data['reason']).toBe('not_authorized');
  });

  test.each([
    ['no key', 'format=csv', 'key'],
    ['an empty key', 'key=&format=csv', 'key'],
    ['two keys', 'key=a&key=b&format=csv', 'key'],
    ['another format', 'key=a&format=xml', 'format'],
    ['another flag', 'key=a&dryRun=yes', 'dryRun'],
    ['another word for again', 'key=a&again=1', 'again'],
    ['an unknown field', 'key=a&format=csv&more=1', ''],
  ])('%s', async (_name, query, path) => {
    const refused = await send(query, 'sku\na\n');
    expect([refused.status, reasonOf(refused)]).toEqual([400, 'invalid_input']);
    expect(errorOf(refused).meta).toMatchObject({ issues: [{ path }] });
  });

  test.each([
    ['an unknown column', 'sku,colour\n', 'column 2'],
    ['a column twice', 'sku,title,title\n', 'title'],
    ['no SKU', 'title\n', 'sku'],
    ['nothing at all', '', ''],
    ['no UTF-8', Buffer.from([0x73, 0x6b, 0x75, 0x0a, 0xff]), 'row 1'],
    ['a quote that is not closed', 'sku,title\na,"b\n', 'row 1'],
  ])('a file with %s', async (_name, body, path) => {
    const refused = await send('key=header', body);
    expect([refused.status, reasonOf(refused)]).toEqual([400, 'invalid_input']);
    expect(errorOf(refused).meta).toMatchObject({ issues: [{ path }] });
  });

  test('a body without a type, a compressed one, and other methods', async () => {
    expect(reasonOf(await send('key=a', 'sku\n', { ...OPERATOR, 'content-type': 'text/plain' }))).toBe('invalid_input');
    expect((await send('key=a', 'sku\n', { ...CSV, 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await shop.fetch(IMPORT, { headers: OPERATOR })).headers.get('allow')).toBe('POST');
    expect((await shop.fetch(EXPORT, { method: 'POST', headers: OPERATOR })).headers.get('allow')).toBe('GET');
    expect((await shop.fetch(EXPORT, { method: 'HEAD', headers: OPERATOR })).status).toBe(405);
    expect((await shop.fetch(`${EXPORT}/`, { headers: OPERATOR })).headers.get('content-type')).toContain('text/csv');
    expect((await shop.fetch(`${EXPORT}?after=a%09b`, { headers: OPERATOR })).status).toBe(400);
  });
});

test('imports a file with valid and invalid rows, then the same file and another one with the same key', async () => {
  const file =
    '\ufeffsku,title,price,currency,onHand\r\nh-mug,"A ""big"", mug",1299,EUR,40\r\nh\tbad,,,,1\r\nh-cup,,1,,2\r\n';
  const tried = lastOf((await send('dryRun=true', file)).text);
  expect((await shop.query('stock.level', { sku: 'h-mug' }, { operator: true })).status).toBe(404);
  const answer = await send('key=file-1', file);
  expect(answer.headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
  const report = lastOf(answer.text);
  expect(report).toEqual({
    type: 'report',
    rows: 3,
    applied: 1,
    unchanged: 0,
    problems: [
      {
        row: 2,
        column: 'sku',
        reason: 'invalid_input',
        message: expect.stringContaining('must be 1 to 128') as string,
      },
      { row: 3, sku: 'h-cup', column: 'currency', reason: 'invalid_input', message: 'is needed with a price' },
    ],
    problemCount: 2,
    resumedFrom: 0,
    done: true,
  });
  const change = { row: 1, sku: 'h-mug', created: true, fields: expect.any(Array) };
  expect(tried).toEqual({ ...(report as object), changes: [change] });
  const repeated = lastOf((await send('key=file-1', file)).text);
  expect(repeated).toEqual({ ...report, resumedFrom: 3, alreadyImportedAt: expect.any(Number) as number });
  expect(Math.abs(repeated.alreadyImportedAt! - Date.now())).toBeLessThan(60_000);
  const { type: _, ...status } = { ...report, resumedFrom: 3 };
  expect((await shop.query('stock.importStatus', { key: 'file-1' }, { operator: true })).data).toEqual(status);
  expect((await shop.query('stock.importStatus', { key: 'none' }, { operator: true })).data).toBeNull();
  const again = lastOf((await send('key=file-1&again=true', file)).text);
  expect(again).toEqual({ ...report, applied: 0, unchanged: 1 });
  const other = await send('key=file-1', file.replace('40', '41'));
  expect([other.status, reasonOf(other)]).toEqual([422, 'idempotency_mismatch']);
});

test('imports an export of either format without a change, including titles of all kinds', async () => {
  const titles = [
    '=HYPERLINK("x")',
    '+1',
    "-1'",
    '@a',
    "'=1",
    "''null",
    'null',
    "'90s",
    ' spaced ',
    'two\r\nlines',
    'a,"b"',
    '\tt',
    '＝',
    '\u{1f600}',
  ];
  for (const [index, title] of titles.entries()) {
    const input = { sku: `t-${index}`, title, ...(index % 2 ? { unitPrice: { amount: index, currency: 'EUR' } } : {}) };
    expect((await shop.mutate('stock.define', input, { operator: true })).status).toBe(200);
  }
  for (const format of ['csv', 'jsonl']) {
    const answer = await shop.fetch(`${EXPORT}?format=${format}`, { headers: OPERATOR });
    await using other = await startShop();
    const report = lastOf((await send(`key=copy&format=${format}`, answer.text, OPERATOR, other)).text);
    expect(report).toMatchObject({ problemCount: 0, done: true });
    expect((await other.fetch(`${EXPORT}?format=${format}`, { headers: OPERATOR })).text).toBe(answer.text);
    expect(lastOf((await send(`key=back-${format}&format=${format}`, answer.text, OPERATOR)).text)).toMatchObject({
      applied: 0,
    });
    if (format === 'csv') expect(answer.text).not.toMatch(/(^|,)"?[=+@]/m);
  }
});

test('resumes a file after whole chunks when the connection is cut', async () => {
  const rows = 2_500;
  const parts = [...csvOf(rows)];
  const sent = request(`${shop.url}${IMPORT}?key=broken`, { method: 'POST', headers: CSV });
  sent.on('error', () => undefined);
  for (const part of parts.slice(0, 4)) sent.write(part);
  const halfway = async () => {
    const { data } = await shop.query('stock.importStatus', { key: 'broken' }, { operator: true });
    return ((data as ImportReport | null)?.rows ?? 0) >= 1_250;
  };
  await poll(halfway);
  sent.destroy();
  const lines = linesOf((await send('key=broken', bytes(parts))).text);
  expect(lines.at(-1)).toMatchObject({ type: 'report', rows, applied: rows, done: true });
  expect(lines.at(-1)?.resumedFrom).toBeGreaterThanOrEqual(1_250);
  const level = await shop.query('stock.level', { sku: skuOf(rows - 1) }, { operator: true });
  expect(level.data).toMatchObject({ onHand: rows });
});

test.each([
  ['csv', `sku\n${Array.from({ length: 600 }, (_, row) => `u-${row}\n`).join('')}`],
  ['jsonl', Array.from({ length: 600 }, (_, row) => `{"sku":"u-${row}"}\n`).join('')],
])('applies the 300 rows before a byte that is not UTF-8 in %s', async (format, text) => {
  const [before = '', after = ''] = text.split('u-300');
  const file = Buffer.concat([Buffer.from(before), Buffer.from([0x75, 0xfc]), Buffer.from(after)]);
  const report = lastOf((await send(`key=utf8-${format}&format=${format}`, file, OPERATOR)).text);
  const unreadable = { path: 'row 301', message: expect.stringContaining('not UTF-8') as string };
  expect(report).toMatchObject({ rows: 300, problemCount: 0, done: false, unreadable });
  expect((await shop.query('stock.level', { sku: 'u-299' }, { operator: true })).status).toBe(200);
  expect((await shop.query('stock.level', { sku: 'u-301' }, { operator: true })).status).toBe(404);
});

test('a closing server ends an import after the current chunk, and reports the number of rows', async () => {
  await using own = await startShop();
  const sent = request(`${own.url}${IMPORT}?key=closing`, { method: 'POST', headers: CSV });
  const answered = once(sent, 'response') as Promise<[AsyncIterable<Buffer>]>;
  for (const part of csvOf(1_000)) sent.write(part);
  const isHalfway = async () => {
    const { data } = await own.query('stock.importStatus', { key: 'closing' }, { operator: true });
    return (data as ImportReport | null)?.rows === 1_000;
  };
  await poll(isHalfway);
  const start = performance.now();
  const closed = own.running.close();
  const [answer] = await answered;
  let text = '';
  for await (const part of answer) text += part.toString();
  await closed;
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(lastOf(text)).toMatchObject({ type: 'report', rows: 1_000, done: false });
  sent.destroy();
});
