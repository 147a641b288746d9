import { describe, expect, test } from 'vitest';
import { bytesOf, exchange } from '../support/raw-http.ts';
import { startShop } from '../support/shop-server.ts';

const ADD = { target: '/trpc/cart.add', body: '{"json":{"sku":"tea","quantity":1}}' };
const JSON_TYPE = 'Content-Type: application/json';
const SESSION = 'X-Session-ID: a-shopper-of-no-note';
const CLOSE = 'Connection: close';

const doors = [
  { name: 'a tRPC call', request: ADD },
  {
    name: 'a tRPC batch',
    request: { target: '/trpc/cart.add?batch=1', body: '{"0":{"json":{"sku":"tea","quantity":1}}}' },
  },
  { name: 'a REST call', request: { target: '/api/v1/cart/lines', body: '{"sku":"tea","quantity":1}' } },
  { name: 'a query', request: { method: 'GET', target: '/trpc/cart.get' } },
];

describe.each(doors)('$name', ({ request }) => {
  test.each([
    ['no Host header', []],
    ['two Host headers', ['Host: a', 'Host: b']],
    ['the same Host header twice', ['Host: a', 'host: a']],
  ])('with %s is refused with 400', async (_name, hosts) => {
    await using shop = await startShop();
    const headers = [...hosts, JSON_TYPE, SESSION, CLOSE];
    const answer = await exchange(shop.running.port, bytesOf({ ...request, headers }));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('invalid_input');
  });
});

test.each(doors.filter(({ request }) => 'body' in request))(
  '$name with an encoded body is refused with 415',
  async ({ request }) => {
    await using shop = await startShop();
    for (const encoding of ['gzip', 'br', 'identity, gzip']) {
      const headers = ['Host: a', JSON_TYPE, SESSION, CLOSE, `Content-Encoding: ${encoding}`];
      const answer = await exchange(shop.running.port, bytesOf({ ...request, headers }));
      expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    }
  },
);

test('accepts one Host header, the encoding identity, and HTTP/1.0 without a Host header', async () => {
  await using shop = await startShop();
  const headers = ['Host: a', JSON_TYPE, SESSION, CLOSE, 'Content-Encoding: identity'];
  expect(await exchange(shop.running.port, bytesOf({ ...ADD, headers }))).toMatch(/^HTTP\/1\.1 404 [^]*unknown_sku/);
  const live = { method: 'GET', target: '/health/live', version: 'HTTP/1.0' };
  expect(await exchange(shop.running.port, bytesOf(live))).toMatch(/^HTTP\/1\.\d 200 /);
});
