import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WIRE } from '../../src/contract/calls/wire-refusals.ts';
import { PROCEDURES } from '../api/input-table.ts';
import type { ProcedureRow } from '../api/procedure-row.ts';
import { poll } from '../support/poll.ts';
import { bytesOf, type RawRequest } from '../support/raw-http.ts';
import {
  ADD,
  CLOSE,
  GOOD,
  HOST,
  ID,
  JSON_TYPE,
  OPERATOR,
  PAIR_NAMES,
  pairOf,
  expectSame,
  expectSameDirectly,
  SHOPPER,
  startPairs,
  USUAL,
} from '../support/same-answers.ts';
import { headersOf, queryPath } from '../support/shop-server.ts';
import { THROWABLE } from '../support/fast-path-server.ts';

startPairs();

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

const requestOf = ({ path, type, who }: ProcedureRow, input: unknown): RawRequest => {
  const headers = [HOST, CLOSE, ID, ...Object.entries(headersOf(who)).map(([name, value]) => `${name}: ${value}`)];
  return type === 'query'
    ? { method: 'GET', target: queryPath(path, input), headers }
    : { target: `/trpc/${path}`, headers: [...headers, JSON_TYPE], body: JSON.stringify({ json: input }) };
};

describe('every procedure', () => {
  test.each(PROCEDURES)('$path', async (procedure) => {
    const { base, fields } = procedure;
    for (const kind of ['good', 'bad'] as const) {
      for (const [field, values] of Object.entries(fields)) {
        for (const value of values[kind]) await expectSameDirectly(requestOf(procedure, { ...base, [field]: value }));
      }
    }
    for (const input of [base, { ...base, more: 1 }, [], 'text', null, 7]) {
      await expectSameDirectly(requestOf(procedure, input));
      await expectSameDirectly(requestOf({ ...procedure, who: {} }, input));
    }
    const { method = 'POST', target, headers = [], body } = requestOf(procedure, base);
    // The other method, with and without a body.
    await expectSame({
      method: method === 'GET' ? 'POST' : 'GET',
      target,
      headers: [...headers, JSON_TYPE],
      body: body ?? GOOD,
    });
    for (const other of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'get', 'QUERY']) {
      await expectSame({ method: other, target, headers });
    }
  });
});

describe('refusals', () => {
  // The adapter alone refuses a wrong method, before any procedure runs.
  test.each(Object.keys(WIRE).filter((reason) => reason !== 'method_not_allowed'))('%s', async (reason) => {
    const { httpStatus } = WIRE[reason as keyof typeof WIRE];
    const body = JSON.stringify({ json: { reason } });
    for (const name of PAIR_NAMES) {
      expect(statusOf(await expectSame({ target: '/trpc/test.refuse', headers: USUAL, body }, name))).toBe(httpStatus);
      await expectSame(
        { method: 'GET', target: queryPath('test.refuseQuery', { reason }), headers: [HOST, CLOSE] },
        name,
      );
    }
  });

  test.each(THROWABLE)('thrown: %s', async (what) => {
    const body = JSON.stringify({ json: { what } });
    for (const name of PAIR_NAMES) {
      await expectSameDirectly({ target: '/trpc/test.fail', headers: USUAL, body }, name);
      await expectSameDirectly({ target: '/trpc/test.fail', headers: [HOST, CLOSE, JSON_TYPE], body }, name);
    }
  });
});

describe('connections', () => {
  const post = (headers: string[], body = GOOD): Buffer => bytesOf({ target: ADD, headers, body });
  const kept = [HOST, JSON_TYPE, SHOPPER];

  test('pipelined requests are answered in order', async () => {
    const get = bytesOf({ method: 'GET', target: '/trpc/cart.get', headers: [HOST, SHOPPER] });
    const odd = bytesOf({ method: 'GET', target: '/trpc/nope', headers: [HOST] });
    const bytes = Buffer.concat([
      post(kept),
      get,
      odd,
      post(kept, '{'),
      post(kept, 'null'),
      get,
      post([...kept, CLOSE]),
    ]);
    expect((await expectSame(bytes)).match(/HTTP\/1\.1 \d/g)).toHaveLength(7);
  });

  test('HTTP/1.0, with and without keep-alive', async () => {
    const old = { target: ADD, version: 'HTTP/1.0', headers: kept, body: GOOD };
    await expectSame(old);
    await expectSame(Buffer.concat([bytesOf({ ...old, headers: [...kept, 'Connection: keep-alive'] }), bytesOf(old)]));
  });

  test('bodies in chunks, and wrong lengths', async () => {
    const chunked = `${GOOD.length.toString(16)}\r\n${GOOD}\r\n0\r\n\r\n`;
    for (const header of [
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding: gzip',
    ]) {
      await expectSame({ target: ADD, headers: [...USUAL, header], body: chunked, length: null });
      await expectSame({ target: ADD, headers: [...USUAL, header], body: chunked });
    }
    for (const length of [GOOD.length - 1, 0, '-1', '1e1', '0x1', '', '99999999999999999999', `+${GOOD.length}`]) {
      await expectSame({ target: ADD, headers: USUAL, body: GOOD, length });
    }
    await expectSame({ target: ADD, headers: [...USUAL, `Content-Length: ${GOOD.length}`], body: GOOD });
  });

  test('a client that disconnects before its body is sent, or before the answer', async () => {
    const before = pairOf('none').map(({ traces }) => traces.answers.length);
    await expectSame(bytesOf({ target: ADD, headers: USUAL, body: GOOD, length: GOOD.length + 1 }), 'none', true);
    await poll(() => pairOf('none').every(({ traces }, index) => traces.answers.length > (before[index] ?? 0)));
    expect(
      (await expectSame({ target: '/trpc/cart.get', method: 'GET', headers: [HOST, CLOSE, SHOPPER] })).length,
    ).toBeGreaterThan(0);
  });
});

describe('every generated request', () => {
  const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
  const inputs = PROCEDURES.flatMap(({ base, fields }) => [
    base,
    ...Object.entries(fields).flatMap(([field, { good, bad }]) =>
      [...good, ...bad].map((value) => ({ ...base, [field]: value })),
    ),
  ]).map((json) => JSON.stringify({ json }));
  const text = fc.oneof(
    { weight: 4, arbitrary: oneOf(...inputs) },
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.tuple(oneOf(...inputs), fc.nat(60)).map(([input, at]) => input.slice(0, at)),
    fc.tuple(fc.jsonValue(), fc.jsonValue()).map(([json, values]) => JSON.stringify({ json, meta: { values } })),
  );
  const path = fc.oneof(
    { weight: 6, arbitrary: oneOf(...PROCEDURES.map((procedure) => procedure.path), 'test.echo', 'test.echoQuery') },
    fc.string({ unit: oneOf(...'abc.%2e/,?&=#+'), maxLength: 8 }),
  );
  const header = oneOf(
    SHOPPER,
    OPERATOR,
    'Accept: */*',
    'Origin: https://shop.example',
    'Origin: null',
    'Accept: application/jsonl',
    'trpc-accept: application/jsonl',
    'X-Request-ID: mine',
    'Cookie: a=b',
    'Content-Type: text/plain',
    'Content-Type: application/json;charset=utf-8',
    'X-Session-ID: another-shopper',
    'Authorization: Bearer no',
  );
  const request = fc.record({
    method: oneOf('GET', 'POST', 'POST', 'GET', 'HEAD', 'OPTIONS', 'PUT'),
    path,
    query: fc.oneof(
      { weight: 3, arbitrary: text.map((input) => `?input=${encodeURIComponent(input.toWellFormed())}`) },
      oneOf('', '?batch=1', '?input', '?a=b', '?input=%7B%7D&batch=1'),
    ),
    body: fc.option(text, { nil: undefined }),
    type: oneOf([JSON_TYPE], [JSON_TYPE], []),
    headers: fc.array(header, { maxLength: 3 }),
  });

  test('is answered as the adapter answers it', async () => {
    await fc.assert(
      fc.asyncProperty(request, oneOf(...PAIR_NAMES), async ({ method, path, query, body, type, headers }, name) => {
        const target = `/trpc/${path}${method === 'POST' && body !== undefined ? '' : query}`;
        await expectSame(
          { method, target, headers: [HOST, CLOSE, ID, ...type, ...headers], ...(body !== undefined && { body }) },
          name,
        );
      }),
      { numRuns: 600 },
    );
  }, 120_000);
});
