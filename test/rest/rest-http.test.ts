import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type RestAnswer } from '../support/rest-caller.ts';
import { headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

const ADA = { session: 'ada-over-plain-http' };
const OPERATOR = { operator: true };

let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error' });
  await ask(shop.url, 'PUT', '/stock/a', { ...OPERATOR, body: {} });
  await ask(shop.url, 'POST', '/stock/a/receive', { ...OPERATOR, body: { quantity: 1_000 } });
});
afterAll(() => shop[Symbol.asyncDispose]());

const rest = (method: string, path: string, call = {}): Promise<RestAnswer> => ask(shop.url, method, path, call);
const refusal = ({ status, error }: RestAnswer) => [status, error?.reason];

describe('paths and methods', () => {
  test.each(['/', '/nope', '/cart/', '/cart', '/stock/a/', '/orders/ord_none'])(
    'GET %s accepts a slash at the end, and is 404 if it does not exist',
    async (path) => {
      const isThere = path.startsWith('/cart') || path.startsWith('/stock');
      const answer = await rest('GET', path, { ...ADA, ...OPERATOR });
      if (isThere) expect(answer.status).toBe(200);
      else expect(refusal(answer)).toEqual([404, path.startsWith('/orders') ? 'unknown_order' : 'not_found']);
    },
  );

  test.each(['', '/stock/a/nope', '/stock//a', '/cart/lines/', '/cart//', '/stock/%ff', '/stock/%', '/Cart'])(
    'GET %s is 404 or 405',
    async (path) => expect([404, 405]).toContain((await rest('GET', path, { ...ADA, ...OPERATOR })).status),
  );

  test.each([
    ['POST', '/cart', 'GET, DELETE'],
    ['GET', '/orders/checkout/', 'POST'],
    ['DELETE', '/stock/a', 'GET, PUT'],
    ['PATCH', '/cart/lines/a', 'PUT, DELETE'],
    ['POST', '/openapi.json', 'GET'],
  ])('%s %s is refused, with the allowed methods', async (method, path, allow) => {
    const answer = await rest(method, path, { ...ADA, ...OPERATOR });
    expect(refusal(answer)).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort());
  });

  test('a field in the path may have any character, encoded', async () => {
    const sku = 'a/b c+d&e#f?%2F';
    expect((await rest('PUT', `/stock/${encodeURIComponent(sku)}`, { ...OPERATOR, body: {} })).body).toMatchObject({
      sku,
    });
    const wrong = await rest('GET', '/stock/a%00b', OPERATOR);
    expect(wrong.error).toMatchObject({ reason: 'invalid_input', meta: { issues: [{ path: 'sku' }] } });
  });

  test.each(['/openapi.json', '/openapi.json/'])('the document is public: %s', async (path) => {
    const { status, headers, body } = await rest('GET', path);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/api/v1' }] });
  });
});

describe('bodies', () => {
  const add = (body: unknown, headers: Record<string, string> = {}) =>
    rest('POST', '/cart/lines', { ...ADA, body, headers });
  const padded = (bytes: number) => JSON.stringify({ sku: 'nope', quantity: 1 }).padEnd(bytes);

  test('accepts 64 KiB, and not more', async () => {
    expect(refusal(await add(padded(65_536)))).toEqual([404, 'unknown_sku']);
    expect(refusal(await add(padded(65_537)))).toEqual([413, 'payload_too_large']);
    expect(refusal(await add(padded(500_000)))).toEqual([413, 'payload_too_large']);
  });

  test.each(['{', '[]', '7', 'null', '"x"', '{"sku":"a","quantity":1}}'])('%s is refused', async (body) =>
    expect(refusal(await add(body))).toEqual([400, 'invalid_input']),
  );

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    '%s is not JSON',
    async (type) => expect(refusal(await add('{}', { 'content-type': type }))).toEqual([415, 'unsupported_media_type']),
  );

  test('refuses a body without a type, and accepts no body for an optional input', async () => {
    const init = { method: 'POST', headers: headersOf(ADA) };
    const typeless = await fetch(`${shop.url}/api/v1/cart/extend`, { ...init, body: Buffer.from('{}') });
    expect(typeless.status).toBe(415);
    expect((await fetch(`${shop.url}/api/v1/cart/extend`, init)).status).toBe(200);
  });

  test('checks credentials before the input, even an invalid one', async () => {
    expect(refusal(await rest('POST', '/cart/lines', { body: '{' }))).toEqual([401, 'session_required']);
    const bare = await rest('PUT', '/stock/a', { body: '{' });
    expect(refusal(bare)).toEqual([401, 'not_authorized']);
    expect(bare.headers.get('www-authenticate')).toBe('Bearer realm="holdfast"');
    const named = await rest('POST', '/sessions', { body: { customerId: '' } });
    expect(refusal(named)).toEqual([401, 'not_authorized']);
  });

  test('refuses unknown fields, repeated fields, and a query with a body', async () => {
    expect(refusal(await add({ sku: 'a', quantity: 1, more: 1 }))).toEqual([400, 'invalid_input']);
    expect(refusal(await add('{"sku":"a","quantity":1,"__proto__":{}}'))).toEqual([400, 'invalid_input']);
    const inPath = await rest('PUT', '/cart/lines/a', { ...ADA, body: { sku: 'a', quantity: 1 } });
    expect(inPath.error).toMatchObject({ reason: 'invalid_input', meta: { issues: [{ path: 'sku' }] } });
    const query = await rest('POST', '/cart/lines?sku=a', { ...ADA, body: { sku: 'a', quantity: 1 } });
    expect(refusal(query)).toEqual([400, 'invalid_input']);
  });

  test('refuses a text instead of a number', async () =>
    expect(refusal(await add({ sku: 'a', quantity: '1' }))).toEqual([400, 'invalid_input']));

  test('has no effect if the request is cut off', async () => {
    const before = await rest('GET', '/cart', ADA);
    await new Promise<void>((resolve) => {
      const socket = connect(shop.running.port, '127.0.0.1', () => {
        const head = 'POST /api/v1/cart/lines HTTP/1.1\r\nHost: a\r\nX-Session-ID: ada-over-plain-http\r\n';
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"sku":"a",`);
        socket.end();
      });
      socket.on('close', () => resolve()).on('error', () => undefined);
      socket.resume();
    });
    expect((await rest('GET', '/cart', ADA)).body).toMatchObject({ lines: (before.body as { lines: [] }).lines });
  });
});

describe('queries', () => {
  test.each([
    ['/stock?limit=0', 'limit'],
    ['/stock?limit=501', 'limit'],
    ['/stock?limit=ten', 'limit'],
    ['/stock?limit=1.0', 'limit'],
    ['/stock?limit=0x10', 'limit'],
    ['/stock?limit=', 'limit'],
    ['/stock?limit=1&limit=2', 'limit'],
    ['/stock?nope=1', ''],
    ['/stock?__proto__=1', ''],
    ['/orders?status=paid', 'status'],
    ['/availability', 'skus'],
    ['/availability?skus=', 'skus.0'],
    ['/availability?skus=a,,b', 'skus.1'],
    [`/availability?skus=${Array(101).fill('a').join()}`, 'skus'],
  ])('%s is refused', async (path, field) =>
    expect((await rest('GET', path, OPERATOR)).error).toMatchObject({
      reason: 'invalid_input',
      meta: { issues: [{ path: field }] },
    }),
  );

  test('accepts lists with commas, or as repeated parameters', async () => {
    const names = async (query: string) =>
      ((await rest('GET', `/availability?${query}`)).body as { sku: string }[]).map(({ sku }) => sku);
    expect(await names('skus=a,b')).toEqual(['a', 'b']);
    expect(await names('skus=a&skus=b')).toEqual(['a', 'b']);
  });

  test('refuses a body of a GET and a DELETE', async () => {
    const text = await new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(shop.running.port, '127.0.0.1', () =>
        socket.write(
          'DELETE /api/v1/cart HTTP/1.1\r\nHost: a\r\nX-Session-ID: ada-over-plain-http\r\nConnection: close\r\n' +
            'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
        ),
      );
      socket.on('data', (chunk) => (answer += chunk.toString())).on('close', () => resolve(answer));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test('accepts the key of every mutation in the header', async () => {
  const add = (headers: Record<string, string>, body = {}) =>
    rest('POST', '/cart/lines', { session: 'keyed-by-header', headers, body: { sku: 'a', quantity: 1, ...body } });
  const key = { 'idempotency-key': 'once' };
  await add(key);
  expect((await add(key)).body).toMatchObject({ lines: [{ quantity: 1 }] });
  expect((await add(key, { idempotencyKey: 'once' })).body).toMatchObject({ lines: [{ quantity: 1 }] });
  expect((await add(key, { idempotencyKey: 'twice' })).error).toMatchObject({ reason: 'invalid_input' });
  expect((await add(key, { quantity: 2 })).error).toMatchObject({ reason: 'idempotency_mismatch' });
  expect((await add({ 'idempotency-key': '' })).error).toMatchObject({ reason: 'invalid_input' });
  const remove = () =>
    rest('DELETE', '/cart/lines/a', { session: 'keyed-by-header', headers: { 'idempotency-key': 'gone' } });
  expect([(await remove()).status, (await remove()).status]).toEqual([200, 200]);
});

test.each([
  ['one', 'two'],
  ['one', 'one'],
])('refuses two keys in the header: %s, %s', async (...keys) => {
  const body = JSON.stringify({ items: [{ sku: 'a', quantity: 1 }] });
  const headers = { ...headersOf(ADA), 'content-type': 'application/json', 'idempotency-key': keys };
  // `fetch` would join the two headers.
  const sent = request(`${shop.url}/api/v1/orders/checkout/`, { method: 'POST', headers }).end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(400);
  expect(await json(answer)).toMatchObject({
    error: { reason: 'invalid_input', meta: { issues: [{ path: 'idempotencyKey', message: 'is given twice' }] } },
  });
});

test('counts a call over REST as its procedure', async () => {
  await rest('GET', '/availability?skus=a');
  const { text } = await shop.fetch('/metrics');
  expect(text).toMatch(/path="stock\.availability"|procedure="stock\.availability"/);
});

test('tRPC still refuses a text instead of a number', async () => {
  await rest('GET', '/stock?limit=5', OPERATOR);
  const answer = await shop.query('stock.list', { limit: '5' }, OPERATOR);
  expect(answer.error?.data).toMatchObject({ reason: 'invalid_input' });
});
