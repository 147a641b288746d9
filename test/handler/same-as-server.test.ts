import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/server/settings/configured-settings.ts';
import { CONFIG_SCHEMA } from '../../src/server/settings/settings-table.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { comparable } from '../support/comparable-text.ts';
import { type HandlerShop, openHandlerShop } from '../support/handler-shop.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';
import { START } from '../support/transactions.ts';

/** The handler is the same app as the server: the same requests have the same answers, with their headers. */

type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Headers of the connection, which the handler leaves to the server that calls it. */
const OF_CONNECTION = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);
const ORIGINS = ['https://page.example'];
const JSON_TYPE = { 'content-type': 'application/json' };

let server: ShopServer;
let handlerShop: HandlerShop;
let viaServer: Send;
let viaHandler: Send;

beforeAll(async () => {
  const env = { CORS_ORIGINS: ORIGINS.join() };
  server = await startShop(env, openMemoryStore({ shop: 'main', clock: () => START }));
  const store = openMemoryStore({ shop: 'main', clock: () => START });
  const settings = settingsOf(CONFIG_SCHEMA.parse(env));
  handlerShop = openHandlerShop({ corsOrigins: ORIGINS }, { store, settings });
  viaServer = (path, init) => fetch(server.url + path, init);
  viaHandler = handlerShop.fetch;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await handlerShop[Symbol.asyncDispose]();
});

async function answerOf(send: Send, path: string, init: RequestInit): Promise<Record<string, unknown>> {
  const headers = new Headers(init.headers);
  if (!headers.has('x-request-id')) headers.set('x-request-id', 'the-same-request');
  const response = await send(path, { ...init, headers });
  const shown = [...response.headers].filter(([name]) => !OF_CONNECTION.has(name));
  const text = await response.text();
  return {
    path,
    status: response.status,
    headers: shown.map(([name, value]) => `${name}: ${comparableHeader(value)}`),
    text: comparable(text),
  };
}

/** A limit is whole again after a time that depends on the clock. */
const comparableHeader = (value: string): string => value.replace(/t=\d+/, 't');

const SESSION = { 'x-session-id': 'shopper-of-table' };
const KEY = { authorization: `Bearer ${OPERATOR_KEY}` };
const ADD = JSON.stringify({ json: { sku: 'cup', quantity: 1 } });
const LONG = JSON.stringify({ json: { sku: 'x'.repeat(70_000) } });
const post = (body: string, headers: Record<string, string> = JSON_TYPE): RequestInit => ({
  method: 'POST',
  body,
  headers: { ...SESSION, ...headers },
});
const watchPath = (json: object): string => `/trpc/stock.watch?input=${encodeURIComponent(JSON.stringify({ json }))}`;
const streamOf = (text: string): RequestInit => ({ body: new Blob([text]).stream(), duplex: 'half' });

/** Each request is created for each side, because a stream can be read once. */
const REQUESTS: Record<string, () => [path: string, init: RequestInit]> = {
  'an unknown path': () => ['/nothing/here', {}],
  'the root': () => ['/', {}],
  'an unknown procedure': () => ['/trpc/cart.nothing', post(ADD)],
  'an unknown resource': () => ['/api/v1/nothing', {}],
  'a path with an invalid escape': () => ['/api/v1/orders/%zz', {}],
  'a body that is not JSON': () => ['/trpc/cart.add', post('{"json":')],
  'a body that is not UTF-8': () => ['/trpc/cart.add', { ...post(''), body: new Uint8Array([0x22, 0xff, 0x22]) }],
  'a body that is too long': () => ['/trpc/cart.add', post(LONG)],
  'a stream that is too long': () => ['/trpc/cart.add', { ...post(''), ...streamOf(LONG) }],
  'a body over REST that is too long': () => ['/api/v1/cart/lines', post(LONG)],
  'a stream': () => ['/trpc/cart.add', { ...post(''), ...streamOf(ADD) }],
  'no body': () => ['/trpc/cart.clear', { method: 'POST', headers: SESSION }],
  'another content type': () => ['/trpc/cart.add', post(ADD, { 'content-type': 'text/plain' })],
  'a compressed body': () => ['/trpc/cart.add', post(ADD, { ...JSON_TYPE, 'content-encoding': 'gzip' })],
  'a wrong input': () => ['/trpc/cart.add', post('{"json":{"sku":"cup","quantity":0,"more":1}}')],
  'a mutation by GET': () => ['/trpc/cart.add', { headers: SESSION }],
  'a query by POST': () => ['/trpc/cart.get', post('{}')],
  'a PUT to tRPC': () => ['/trpc/cart.add', { ...post(ADD), method: 'PUT' }],
  'a HEAD': () => ['/trpc/cart.get', { method: 'HEAD', headers: SESSION }],
  'a HEAD of the health check': () => ['/health/live', { method: 'HEAD' }],
  'an OPTIONS of another origin': () => [
    '/trpc/cart.add',
    { method: 'OPTIONS', headers: { origin: 'https://x.test' } },
  ],
  'a preflight of the page': () => [
    '/trpc/cart.add',
    { method: 'OPTIONS', headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' } },
  ],
  'a call of the page': () => ['/trpc/cart.get', { headers: { ...SESSION, origin: 'https://page.example' } }],
  'a batch': () => ['/trpc/cart.add,cart.get?batch=1', post('{"0":{"json":{"sku":"nope","quantity":1}}}')],
  'a batch of 51 calls': () => [`/trpc/${Array.from({ length: 51 }, () => 'cart.get').join()}?batch=1`, {}],
  'a wrong key': () => ['/trpc/stock.list', { headers: { authorization: 'Bearer wrong-key-of-a-stranger' } }],
  'the export of the stock': () => ['/api/v1/stock/export?format=csv', { headers: KEY }],
  'an export in an unknown format': () => ['/api/v1/stock/export?format=xml', { headers: KEY }],
  'a backup of a store without one': () => ['/api/v1/admin/backup', { headers: KEY }],
  'a DELETE of a cart': () => ['/api/v1/cart', { method: 'DELETE', headers: SESSION }],
  'the OpenAPI document': () => ['/api/v1/openapi.json', {}],
  'a payment of an unknown provider': () => ['/payments/nobody', post('{}')],
  'the health check': () => ['/health/live', {}],
  'a subscription without SKUs': () => [watchPath({ skus: [] }), {}],
};

describe('answers as the server does to', () => {
  test.each(Object.keys(REQUESTS))('%s', async (name) => {
    const request = REQUESTS[name];
    if (!request) throw new Error('the table lacks it');
    const [expected, answered] = await Promise.all([
      answerOf(viaServer, ...request()),
      answerOf(viaHandler, ...request()),
    ]);
    expect(answered).toEqual(expected);
  });
});

test('imports a stream of rows as the server does', async () => {
  const rows = ['sku,onHand', ...Array.from({ length: 1_000 }, (_, n) => `row-${n},${n}`)].join('\n');
  const init = (): RequestInit => ({
    method: 'POST',
    headers: { ...KEY, 'content-type': 'text/csv' },
    ...streamOf(rows),
  });
  const reports = [];
  for (const send of [viaServer, viaHandler]) {
    const response = await send('/api/v1/stock/import?key=import-1', init());
    reports.push({ status: response.status, last: (await response.text()).trim().split('\n').at(-1) });
  }
  expect(reports[1]).toEqual(reports[0]);
  expect(reports[0]).toMatchObject({ status: 200, last: expect.stringContaining('"applied":1000') as string });
});
