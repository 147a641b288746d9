import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serverTransformer } from '../../src/api/transformer.ts';
import { type Answer, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
const SESSION = { session: 'a-hostile-shopper' };
const OPERATOR = { operator: true };

beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error' });
  await shop.mutate('stock.define', { sku: 'a' }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'a', quantity: 10 }, OPERATOR);
});
afterAll(() => shop[Symbol.asyncDispose]());

let before: unknown;
const totals = async () => (await shop.query('admin.audit', undefined, OPERATOR)).data;
const timeless = (audit: unknown) => ({ ...(audit as object), checkedAt: 0 });
beforeEach(async () => {
  before = timeless(await totals());
});
afterEach(async () => {
  // Nothing changed, and no error was logged.
  assert.deepEqual(timeless(await totals()), before);
  assert.deepEqual(shop.log, []);
});

const post = (body: string | Uint8Array, path = 'cart.add', headers: Record<string, string> = {}): Promise<Answer> =>
  shop.fetch(`/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(SESSION), ...headers },
    body,
  });

function expectInvalid(answer: Answer): void {
  expect([answer.status, answer.error?.data.reason, answer.error?.data.httpStatus]).toEqual([
    400,
    'invalid_input',
    400,
  ]);
  // The message of the parser and the position are not passed on.
  expect(answer.text).not.toMatch(/stack|JSON at position|Unexpected token|node_modules|TypeError/);
  expect(answer.text.length).toBeLessThan(8_000);
}

const SKU_A = '"sku":"a","quantity":1';

describe('bodies that are not JSON, or not a tRPC call', () => {
  test.each([
    ['nothing', ''],
    ['a cut-off object', '{"json":{"sku":"a"'],
    ['no JSON', 'sku=a&quantity=1'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', `[{"json":{${SKU_A}}}]`],
    ['no json in it', `{${SKU_A}}`],
    ['NaN', '{"json":{"sku":"a","quantity":NaN}}'],
    ['a comment', `{"json":{${SKU_A}}} // more`],
    ['two values', `{"json":{${SKU_A}}}{}`],
    ['30,000 lists in each other', `{"json":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['30,000 lists in each other, unclosed', '['.repeat(30_000)],
  ])('%s', async (_, body) => expectInvalid(await post(body)));

  test('bytes that are not UTF-8, in a field that takes any text', async () => {
    const bytes = Buffer.from('{"json":{"idempotencyKey":"k","contact":{"name":"\xff\xfe"}}}', 'latin1');
    expectInvalid(await post(bytes, 'checkout.place'));
  });
});

describe('quantities that are not whole numbers', () => {
  test.each([
    '-0',
    '1e308',
    '-1e308',
    '1e400',
    '1.5',
    '1e-7',
    '9007199254740993',
    '"1"',
    'null',
    '[1]',
    '{"valueOf":1}',
  ])('quantity %s', async (quantity) => expectInvalid(await post(`{"json":{"sku":"a","quantity":${quantity}}}`)));
});

describe('superjson', () => {
  const annotated = (quantity: unknown, type: unknown) =>
    JSON.stringify({ json: { sku: 'a', quantity }, meta: { values: { quantity: type }, v: 1 } });

  test.each([
    ['NaN', annotated('NaN', ['number'])],
    ['Infinity', annotated('Infinity', ['number'])],
    ['a bigint', annotated('1', ['bigint'])],
    ['a date', annotated('2026-01-01T00:00:00.000Z', ['Date'])],
    ['a set', annotated([1], ['set'])],
    ['a map', annotated([[1, 1]], ['map'])],
    ['a regular expression', annotated('/(a+)+$/', ['regexp'])],
    ['an error', annotated({ message: 'x' }, ['Error'])],
    ['a URL', annotated('http://x', ['URL'])],
    ['a typed array of a billion numbers', annotated(1e9, [['typed-array', 'Float64Array']])],
    ['a class', annotated({}, [['class', 'Object']])],
    ['a symbol', annotated('x', [['symbol', 'x']])],
    ['a custom type', annotated('x', [['custom', 'x']])],
    ['an unknown type', annotated(1, ['nope'])],
    ['no type', annotated(1, [])],
    ['a type that is a number', annotated(1, 7)],
    ['undefined where a value is needed', annotated(1, ['undefined'])],
    ['a malformed path', `{"json":{${SKU_A}},"meta":{"values":{"x\\\\y":["undefined"]},"v":1}}`],
    ['annotations that are a text', `{"json":{${SKU_A}},"meta":{"values":"undefined"}}`],
    ['annotations 10,000 deep', `{"json":{},"meta":{"values":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}}`],
  ])('%s', async (_, body) => expectInvalid(await post(body)));

  test('treats undefined as an absent field, and -0 as 0', async () => {
    const json = { sku: 'a', onHand: '-0', reason: null };
    const values = { onHand: ['number'], reason: ['undefined'] };
    const answer = await shop.fetch('/trpc/stock.count', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(OPERATOR) },
      body: JSON.stringify({ json: { ...json, expectedOnHand: 7 }, meta: { values, v: 1 } }),
    });
    expect(answer.error?.data).toMatchObject({ reason: 'count_mismatch', meta: { onHand: 10 } });
  });
});

test.each(['bigint', 'Date', 'regexp', 'set', 'map', 'Error', 'URL', ['typed-array', 'Float64Array'], ['class', 'x']])(
  'nothing of type %j is built from an input',
  (type) => {
    const payload = { json: 1e9, meta: { values: [type], v: 1 } };
    expect(() => serverTransformer.input.deserialize(payload)).toThrow('plain values');
  },
);

describe('prototypes', () => {
  test.each([
    ['__proto__ in the input', `{"json":{${SKU_A},"__proto__":{"polluted":1}}}`],
    ['constructor in the input', `{"json":{${SKU_A},"constructor":{"prototype":{"polluted":1}}}}`],
    ['__proto__ for the input', `{"__proto__":{"json":{${SKU_A}}}}`],
    ['an annotated __proto__', `{"json":{${SKU_A}},"meta":{"values":{"__proto__.polluted":["undefined"]},"v":1}}`],
    [
      'an annotated constructor',
      `{"json":{${SKU_A}},"meta":{"values":{"constructor.prototype.polluted":["undefined"]},"v":1}}`,
    ],
  ])('%s', async (_, body) => {
    expectInvalid(await post(body));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'toString', 'stock.__proto__', 'stock', 'stock.define.mutate'])(
    'the path %s is not found',
    async (path) => {
      const answer = await post('{"json":{}}', path);
      expect([answer.status, answer.error?.data.reason]).toEqual([404, 'not_found']);
    },
  );
});

describe('queries', () => {
  const ask = (query: string) => shop.fetch(`/trpc/stock.availability?${query}`);

  test.each([
    ['no JSON', 'input={'],
    ['a bare value', 'input=%22a%22'],
    ['null', 'input=null'],
    ['malformed escapes', 'input=%zz'],
    ['malformed UTF-8', 'input=%ff'],
    ['nothing', 'input='],
    ['another name', `inputs=${encodeURIComponent('{"json":{"skus":["a"]}}')}`],
    [
      'connection parameters that are none',
      `connectionParams=7&input=${encodeURIComponent('{"json":{"skus":["a"]}}')}`,
    ],
  ])('%s', async (_, query) => expectInvalid(await ask(query)));
});

test('answers a path that cannot be decoded with not_found', async () => {
  const answer = await shop.fetch('/trpc/%ff%zz');
  expect(answer).toMatchObject({ status: 404, error: { data: { reason: 'not_found' } } });
});

test('reports a number beyond 2^53 once', async () => {
  const answer = await shop.mutate('stock.receive', { sku: 'a', quantity: 2 ** 53 }, OPERATOR);
  const issues = [{ path: 'quantity', message: 'must be a whole number from 1 to 1000000000000' }];
  expect(answer.error?.data).toMatchObject({ reason: 'invalid_input', meta: { issues } });
});
