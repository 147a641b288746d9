import { describe, test } from 'vitest';
import {
  ADD,
  CLOSE,
  GOOD,
  HOST,
  JSON_TYPE,
  OPERATOR,
  PAIR_NAMES,
  expectSame,
  SHOPPER,
  startPairs,
} from '../support/same-answers.ts';
import { OPERATOR_KEY, queryPath } from '../support/shop-server.ts';
import { SESSIONS } from '../support/fast-path-server.ts';

startPairs();

describe('headers', () => {
  const types = [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json ;',
    'application/json; charset=latin1',
    'application/jsonx',
    'application/json, text/plain',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    '',
  ];
  const bound = SESSIONS.issue({ customerId: 'a-customer' }).sessionId;
  const lines = [
    ...types.map((type) => `Content-Type: ${type}`),
    'Content-Type: application/json\r\nContent-Type: application/json',
    'Content-Type: application/json\r\nContent-Type: text/plain',
    ...[
      'a-shopper',
      'short',
      'with space',
      'ä-session',
      bound,
      `${bound}x`,
      bound.slice(0, -1),
      '',
      '\ta-shopper\t',
    ].map((id) => `X-Session-ID: ${id}`),
    'X-Session-ID: a-shopper\r\nX-Session-ID: a-shopper',
    ...[OPERATOR_KEY, 'wrong', ''].map((key) => `Authorization: Bearer ${key}`),
    `authorization: bearer   ${OPERATOR_KEY}`,
    `Authorization: Basic ${OPERATOR_KEY}`,
    `${OPERATOR}\r\nAuthorization: Bearer wrong`,
    `Authorization: Bearer wrong\r\n${OPERATOR}`,
    ...['given', 'x'.repeat(128), 'x'.repeat(129), 'with space', 'a,b', ''].map((id) => `X-Request-ID: ${id}`),
    'X-Request-ID: a\r\nX-Request-ID: b',
    'trpc-accept: application/jsonl',
    'trpc-accept: x',
    'Accept: application/jsonl',
    'Accept: */*, application/jsonl',
    'Accept: */*',
    'Accept-Encoding: gzip',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Expect: nothing',
    'Upgrade: h2c',
    'Last-Event-Id: 7',
    'Range: bytes=0-1',
    'If-None-Match: *',
    'Cookie: a=b',
    'X-HTTP-Method-Override: GET',
    '__proto__: x',
    'constructor: x',
    'X-Nothing:',
    'X-Odd: \x80\xff',
    'Trailer: x',
    'TE: trailers',
    ...['https://shop.example', 'https://other.example', 'null', ''].map((origin) => `Origin: ${origin}`),
    'Origin: https://shop.example\r\nOrigin: https://shop.example',
  ];

  test.each(PAIR_NAMES)('of every kind, with CORS for %s', async (name) => {
    for (const line of lines) {
      const isType = line.toLowerCase().startsWith('content-type');
      for (const path of ['cart.add', 'stock.define', 'test.echo', 'test.ignore', 'nope']) {
        const headers = [HOST, CLOSE, line, ...(isType ? [] : [JSON_TYPE])];
        await expectSame({ target: `/trpc/${path}`, headers, body: GOOD }, name);
      }
      for (const target of [
        queryPath('stock.availability', { skus: ['known'] }),
        '/trpc/orders.list',
        '/trpc/cart.get',
      ]) {
        await expectSame({ method: 'GET', target, headers: [HOST, CLOSE, line] }, name);
      }
    }
  });

  test.each([
    'shop.example',
    'shop.example:3000',
    'shop.example:80',
    'SHOP.example',
    '127.0.0.1:3000',
    '[::1]:3000',
    '1.2.3',
    '1.2.3.4.5',
    '999.1.1.1',
    'a..b',
    '-',
    '.',
    'xn--',
    'xn--a',
    'a b',
    'a/b',
    'user@host',
    'ä',
    'a_b',
    '0x7f.1',
    'host:99999',
    'host:0',
    '',
  ])('the host %j', async (host) => {
    for (const line of [`Host: ${host}`, `Host: ${host}\r\nHost: other.example`]) {
      await expectSame({ target: ADD, headers: [line, CLOSE, JSON_TYPE, SHOPPER], body: GOOD });
      await expectSame({ method: 'GET', target: '/trpc/cart.get', headers: [line, CLOSE, SHOPPER] });
    }
  });

  test('none at all', async () => {
    await expectSame({ target: ADD, version: 'HTTP/1.0', body: GOOD });
    await expectSame({ target: ADD, version: 'HTTP/1.0', headers: [JSON_TYPE, SHOPPER], body: GOOD });
    await expectSame({ target: '/trpc/test.ignore', headers: [CLOSE, JSON_TYPE] });
    await expectSame({ method: 'GET', target: '/trpc/cart.get', version: 'HTTP/1.0' });
    await expectSame({ method: 'GET', target: '/trpc/cart.get', headers: [CLOSE, JSON_TYPE, SHOPPER], body: GOOD });
    await expectSame({ method: 'GET', target: '/trpc/cart.get', headers: [CLOSE, SHOPPER], length: 0 });
  });
});
