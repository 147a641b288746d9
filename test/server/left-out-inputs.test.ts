import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from '../../src/api/router.ts';
import { headersOf, type ShopServer, startShop } from '../support/shop-server.ts';

/** Compares how @trpc/server and Holdfast answer a call without input, on each path through the server. */

const JSON_TYPE = { 'content-type': 'application/json' };
const WHO = headersOf({ session: 'shopper-0001', operator: true });
/** Headers that the fast path leaves to tRPC's adapter. */
const ADAPTER = { 'trpc-accept': 'application/json' };

let shop: ShopServer;
let trpc: { url: string; close(): Promise<void> };
beforeAll(async () => {
  shop = await startShop();
  trpc = await startTrpc();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await trpc.close();
});

/** tRPC's standalone server, with procedures of the same names and optional inputs. */
async function startTrpc() {
  const t = initTRPC.create({ transformer: superjson });
  const optional = t.procedure.input(z.looseObject({}).nullish());
  const router = t.router({
    cart: t.router({ clear: optional.mutation(() => 'cleared'), get: optional.query(() => 'a cart') }),
  });
  const server = createHTTPServer({ router, basePath: '/trpc/' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

interface Sent {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  /** Null: no body and no length. */
  body?: string | null;
}

function statusOf(url: string, { method, path, headers = {}, body = null }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(
      `${url}${path}`,
      { method, headers: { ...WHO, ...headers, ...length }, agent: false },
      (got) => {
        got.resume().on('end', () => resolve(got.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

const post = (body: string | null, headers: Record<string, string> = JSON_TYPE): Omit<Sent, 'path'> => ({
  method: 'POST',
  headers,
  body,
});
const get = { method: 'GET' } as const;
const query = (input: string): string => `/trpc/cart.get?input=${encodeURIComponent(input)}`;
const queries = (input: string): string => `/trpc/cart.get,cart.get?batch=1&input=${encodeURIComponent(input)}`;
const CLEAR = '/trpc/cart.clear';
const CLEARS = '/trpc/cart.clear,cart.clear?batch=1';

/** The request, tRPC's answer, and Holdfast's answer if it differs. */
const FORMS: [name: string, sent: Sent, trpc: number, holdfast?: number][] = [
  ['the body {}', { path: CLEAR, ...post('{}') }, 200],
  ['the body {} with blanks', { path: CLEAR, ...post(' { } ') }, 200],
  ['the body {"json":null}', { path: CLEAR, ...post('{"json":null}') }, 200],
  ['the body {"json":{}}', { path: CLEAR, ...post('{"json":{}}') }, 200],
  ['the body null', { path: CLEAR, ...post('null') }, 400],
  // The contract: a call with an optional input accepts the body `{}` or none.
  ['an empty body', { path: CLEAR, ...post('') }, 400, 200],
  ['a blank body', { path: CLEAR, ...post(' \n') }, 400, 200],
  ['no body', { path: CLEAR, ...post(null) }, 400, 200],
  ['no body and no content type', { path: CLEAR, ...post(null, {}) }, 415, 200],
  ['an empty body and no content type', { path: CLEAR, ...post('', {}) }, 415, 200],
  ['an empty form', { path: CLEAR, ...post('', { 'content-type': 'application/x-www-form-urlencoded' }) }, 415],
  // Fields outside of the envelope would be lost, including an idempotency key.
  ['fields without an envelope', { path: CLEAR, ...post('{"idempotencyKey":"a"}') }, 200, 400],
  ['a list', { path: CLEAR, ...post('[]') }, 200, 400],
  ['a number', { path: CLEAR, ...post('7') }, 200, 400],
  ['a batch {}', { path: CLEARS, ...post('{}') }, 200],
  ['a batch {"0":{}}', { path: CLEARS, ...post('{"0":{}}') }, 200],
  ['a batch {"0":{},"1":{}}', { path: CLEARS, ...post('{"0":{},"1":{}}') }, 200],
  ['a batch {"1":{"json":null}}', { path: CLEARS, ...post('{"1":{"json":null}}') }, 200],
  ['a batch []', { path: CLEARS, ...post('[]') }, 400],
  ['a batch null', { path: CLEARS, ...post('null') }, 400],
  ['a batch {"0":null,"1":null}', { path: CLEARS, ...post('{"0":null,"1":null}') }, 400],
  ['a batch without body', { path: CLEARS, ...post(null) }, 400, 200],
  ['a batch without body and content type', { path: CLEARS, ...post(null, {}) }, 415, 200],
  ['no input', { path: '/trpc/cart.get', ...get }, 200],
  ['an empty input', { path: query(''), ...get }, 200],
  ['?input={}', { path: query('{}'), ...get }, 200],
  ['?input={"json":null}', { path: query('{"json":null}'), ...get }, 200],
  ['?input=null', { path: query('null'), ...get }, 400],
  ['?input=[]', { path: query('[]'), ...get }, 200, 400],
  ['a batch without input', { path: '/trpc/cart.get,cart.get?batch=1', ...get }, 200],
  ['a batch with an empty input', { path: queries(''), ...get }, 200],
  ['a batch ?input={}', { path: queries('{}'), ...get }, 200],
  ['a batch ?input={"0":{}}', { path: queries('{"0":{}}'), ...get }, 200],
  ['a batch ?input={"0":null,"1":null}', { path: queries('{"0":null,"1":null}'), ...get }, 400],
];

describe('a call without input is answered as by tRPC, or as the contract demands', () => {
  test.each(FORMS)('%s', async (_, sent, byTrpc, byHoldfast = byTrpc) => {
    expect(await statusOf(trpc.url, sent)).toBe(byTrpc);
    expect(await statusOf(shop.url, sent)).toBe(byHoldfast);
    expect(await statusOf(shop.url, { ...sent, headers: { ...sent.headers, ...ADAPTER } })).toBe(byHoldfast);
  });
});

interface Definition {
  type: 'query' | 'mutation' | 'subscription';
  inputs: readonly z.ZodType[];
}

const PROCEDURES = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: Definition }>)
  .map(([path, { _def: definition }]) => ({ path, ...definition }))
  .filter(({ type }) => type !== 'subscription');
const mayLeaveOut = ({ inputs }: Definition): boolean => inputs.every((schema) => schema.safeParse(undefined).success);

describe('every procedure with an optional input accepts {} and an absent input', () => {
  test.each(PROCEDURES.filter(mayLeaveOut))('$path', async ({ path, type }) => {
    const forms: Sent[] =
      type === 'query'
        ? [
            { path: `/trpc/${path}`, ...get },
            { path: `/trpc/${path}?input=%7B%7D`, ...get },
            { path: `/trpc/${path}?batch=1&input=%7B%220%22%3A%7B%7D%7D`, ...get },
          ]
        : [
            { path: `/trpc/${path}`, ...post('{}') },
            { path: `/trpc/${path}`, ...post('') },
            { path: `/trpc/${path}`, ...post(null, {}) },
            { path: `/trpc/${path}?batch=1`, ...post('{"0":{}}') },
          ];
    for (const sent of forms) expect(await statusOf(shop.url, sent)).toBe(200);
  });
});

describe('every other procedure refuses a call without input as invalid_input', () => {
  test.each(PROCEDURES.filter((procedure) => !mayLeaveOut(procedure)))('$path', async ({ path, type }) => {
    const answer =
      type === 'query'
        ? await shop.fetch(`/trpc/${path}?input=%7B%7D`, { headers: WHO })
        : await shop.fetch(`/trpc/${path}`, { method: 'POST', headers: { ...WHO, ...JSON_TYPE }, body: '{}' });
    expect([answer.status, answer.error?.data.reason]).toEqual([400, 'invalid_input']);
  });
});
