import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, headersOf, queryPath, type ShopServer, startShop } from '../support/shop-server.ts';

const SESSION = { session: 'a-shopper-over-http' };
const OPERATOR = { operator: true };
const JSON_TYPE = { 'content-type': 'application/json' };

let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error', CORS_ORIGINS: 'https://shop.example, https://admin.shop.example:8443' });
  await shop.mutate('stock.define', { sku: 'a' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'a', quantity: 100 }, OPERATOR);
});
afterAll(() => shop[Symbol.asyncDispose]());

function expectRefusal(answer: Answer, httpStatus: number, reason: string): void {
  expect(answer.headers.get('content-type')).toBe('application/json');
  const requestId = answer.headers.get('x-request-id');
  expect(requestId).toMatch(/^req_/);
  expect([answer.status, answer.error?.data]).toEqual([
    httpStatus,
    { code: expect.any(String), httpStatus, path: expect.any(String), requestId, reason, meta: expect.any(Object) },
  ]);
  expect(Object.keys(answer.error ?? {}).sort()).toEqual(['code', 'data', 'message']);
}

const available = async () => (await shop.query('stock.availability', { skus: ['a'] })).data;

describe('paths and methods', () => {
  test.each([
    '/',
    '/nope',
    '/trpcx',
    '/trpc',
    '/trpc/',
    '/trpc/nope',
    '/trpc/cart',
    '/health',
    '/metrics/x',
    '//',
    '/..%2f',
  ])('GET %s is not found', async (path) => expectRefusal(await shop.fetch(path), 404, 'not_found'));

  test.each(['PUT', 'DELETE', 'PATCH'])('%s is not a method of a call', async (method) => {
    const answer = await shop.fetch('/trpc/cart.add', { method, headers: { ...JSON_TYPE, ...headersOf(SESSION) } });
    expectRefusal(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  test('a mutation refuses GET, and a query refuses POST', async () => {
    const before = await available();
    const got = await shop.query('cart.add', { sku: 'a', quantity: 1 }, SESSION);
    expectRefusal(got, 405, 'method_not_allowed');
    expect(got.headers.get('allow')).toBe('POST');
    const posted = await shop.mutate('stock.level', { sku: 'a' }, OPERATOR);
    expectRefusal(posted, 405, 'method_not_allowed');
    expect(posted.headers.get('allow')).toBe('GET');
    expect(await available()).toEqual(before);
  });

  test('health and metrics are read only', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expectRefusal(await shop.fetch(path, { method: 'POST' }), 405, 'method_not_allowed');
    }
  });
});

describe('bodies', () => {
  const post = (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = JSON_TYPE,
    more: object = {},
  ): Promise<Answer> =>
    shop.fetch('/trpc/cart.add', { method: 'POST', headers: { ...headers, ...headersOf(SESSION) }, body, ...more });
  const padded = (bytes: number) => {
    const json = JSON.stringify({ json: { sku: 'nope', quantity: 1 } });
    return json + ' '.repeat(bytes - json.length);
  };
  const inChunks = (text: string) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < text.length; at += 10_000) controller.enqueue(Buffer.from(text.slice(at, at + 10_000)));
        controller.close();
      },
    });

  test.each([65_536, 65_000])('accepts %i bytes, announced or in chunks', async (bytes) => {
    expectRefusal(await post(padded(bytes)), 404, 'unknown_sku');
    expectRefusal(await post(inChunks(padded(bytes)), JSON_TYPE, { duplex: 'half' }), 404, 'unknown_sku');
  });

  test.each([65_537, 66_560, 1_000_000])('refuses %i bytes, announced or in chunks', async (bytes) => {
    expectRefusal(await post(padded(bytes)), 413, 'payload_too_large');
    expectRefusal(await post(inChunks(padded(bytes)), JSON_TYPE, { duplex: 'half' }), 413, 'payload_too_large');
    expect((await shop.fetch('/health/live')).status).toBe(200);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonx',
    'application/json, text/plain',
    'application/json; charset=latin1',
  ])('%s is not JSON', async (type) => {
    expectRefusal(await post(padded(100), { 'content-type': type }), 415, 'unsupported_media_type');
  });

  test('a body without a type is not JSON', async () => {
    expectRefusal(await post(Buffer.from(padded(100)), {}), 415, 'unsupported_media_type');
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/json ;'])(
    '%s is JSON',
    async (type) => expectRefusal(await post(padded(100), { 'content-type': type }), 404, 'unknown_sku'),
  );
});

describe('batches', () => {
  const inputs = (count: number, input: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [index, { json: input }]));
  const batch = (count: number, input: unknown, path = 'cart.add') =>
    shop.fetch(`/trpc/${Array(count).fill(path).join(',')}?batch=1`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headersOf(SESSION) },
      body: JSON.stringify(inputs(count, input)),
    });

  test('answers each of 50 calls', async () => {
    const answer = await batch(50, { sku: 'a', quantity: 1 });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toHaveLength(50);
  });

  test('refuses 51 calls before any of them runs', async () => {
    const before = await available();
    expectRefusal(await batch(51, { sku: 'a', quantity: 1 }), 400, 'invalid_input');
    const path = `${Array(51).fill('stock.availability').join(',')}?batch=1`;
    expectRefusal(await shop.fetch(`/trpc/${path}&input=${encodeURIComponent('{}')}`), 400, 'invalid_input');
    expect(await available()).toEqual(before);
  });

  test('refuses a mix of queries and mutations, and runs none', async () => {
    const before = await available();
    const answer = await shop.fetch('/trpc/cart.add,cart.get?batch=1', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headersOf(SESSION) },
      body: JSON.stringify(inputs(2, { sku: 'a', quantity: 1 })),
    });
    expectRefusal(answer, 400, 'invalid_input');
    expect(await available()).toEqual(before);
  });

  test('answers the others if one call is invalid', async () => {
    const answer = await shop.fetch('/trpc/cart.remove,cart.add,nope?batch=1', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headersOf(SESSION) },
      body: JSON.stringify({ 0: { json: { sku: 'a' } }, 1: { json: { sku: 'a', quantity: 0 } } }),
    });
    expect(answer.status).toBe(207);
    const [removed, added, unknown] = JSON.parse(answer.text);
    expect(removed.result.data.json.lines).toEqual([]);
    expect(added.error.json.data).toMatchObject({ reason: 'invalid_input', path: 'cart.add' });
    expect(unknown.error.json.data).toMatchObject({ reason: 'not_found', path: 'nope' });
  });

  test.each(['[]', 'null', '7', '"x"'])('refuses the inputs %s', async (body) => {
    const headers = { ...JSON_TYPE, ...headersOf(SESSION) };
    const answer = await shop.fetch('/trpc/cart.add,cart.add?batch=1', { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    for (const { error } of JSON.parse(answer.text)) expect(error.json.data.reason).toBe('invalid_input');
  });
});

describe('headers', () => {
  test('a valid request id is returned, and another one is replaced', async () => {
    const echo = async (id: string) =>
      (await shop.fetch('/health/live', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await echo('trace-1:a/b+c=_.')).toBe('trace-1:a/b+c=_.');
    for (const id of ['', 'a b', '<script>', 'x'.repeat(129)])
      expect(await echo(id)).toMatch(/^req_[\w-]{12}\.[\da-z]+$/);
    expect((await shop.fetch('/nope')).headers.get('x-request-id')).toMatch(/^req_/);
  });

  test('answers must not be cached, sniffed or framed', async () => {
    for (const path of ['/health/live', '/nope', queryPath('stock.availability', { skus: ['a'] })]) {
      const { headers } = await shop.fetch(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });
});

describe('browsers of other origins', () => {
  const preflight = (origin: string) =>
    shop.fetch('/trpc/cart.add', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-session-id' },
    });

  test.each(['https://shop.example', 'https://admin.shop.example:8443'])('%s may call', async (origin) => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    const allowed = headers.get('access-control-allow-headers')?.split(',');
    expect(allowed).toEqual(expect.arrayContaining(['x-session-id', 'x-request-id', 'traceparent', 'tracestate']));
    expect(headers.get('access-control-allow-methods')).toBe('GET,POST,PUT,DELETE');
    const answer = await shop.fetch('/trpc/cart.get', { headers: { origin, ...headersOf(SESSION) } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/retry-after/);
    expect(answer.headers.get('vary')).toMatch(/Origin/);
  });

  test.each(['https://evil.example', 'http://shop.example', 'https://shop.example.evil.example', 'null'])(
    '%s may not',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('bytes that are not HTTP', () => {
  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(shop.running.port, '127.0.0.1', () => socket.write(text, 'latin1'));
      socket.on('data', (chunk) => {
        answer += chunk.toString();
      });
      socket.on('close', () => resolve(answer)).on('error', reject);
    });

  test.each([
    ['other bytes', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400, 'invalid_input'],
    ['half a request line', 'GET\r\n\r\n', 400, 'invalid_input'],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n', 400, 'invalid_input'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
      'invalid_input',
    ],
    ['33 KiB of headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(33_792)}\r\n\r\n`, 413, 'payload_too_large'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n', 400, 'invalid_input'],
    ['a path that is none', 'GET /a\\b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404, 'not_found'],
  ])('%s', async (_, text, status, reason) => {
    const [head = '', body = ''] = (await send(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(body).error.json.data).toMatchObject({ reason, httpStatus: status });
    expect((await shop.fetch('/health/live')).status).toBe(200);
  });
});
