import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfastClient, type Outputs } from '../../src/client/client.ts';
import {
  createHoldfast,
  createHoldfastHandler,
  type Holdfast,
  type HoldfastHandler,
  openMemoryStore,
  OPERATOR,
  toNodeListener,
} from '../../src/index.ts';
import { bytesOf, exchange } from '../support/raw-http.ts';
import { watch } from '../support/watcher.ts';

let holdfast: Holdfast;
/** For frameworks that pass the whole path. */
let atShop: HoldfastHandler;
/** For frameworks that remove the path under which the handler is mounted. */
let atRoot: HoldfastHandler;

beforeAll(async () => {
  holdfast = createHoldfast({ store: openMemoryStore({ shop: 'main' }) });
  atShop = createHoldfastHandler(holdfast, { basePath: '/shop' });
  atRoot = createHoldfastHandler(holdfast);
  await holdfast.stock.define({ sku: 'cup' }, { caller: OPERATOR });
  await holdfast.stock.receive({ sku: 'cup', quantity: 1_000 }, { caller: OPERATOR });
});
afterAll(() => holdfast.close());

type Fetch = typeof globalThis.fetch;

/** Sells two units with the client. */
async function sell(url: string, fetch?: Fetch): Promise<Outputs['checkout']['place']> {
  const client = createHoldfastClient({ url, sessionId: 'shopper-of-the-test', ...(fetch && { fetch }) });
  await client.cart.add.mutate({ sku: 'cup', quantity: 2 });
  return client.checkout.place.mutate({ idempotencyKey: url });
}

async function listening(server: Server): Promise<{ url: string } & AsyncDisposable> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const dispose = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: dispose };
}

const onPort = (listener: RequestListener) => listening(createServer(listener).listen(0, '127.0.0.1'));

test('describes the API below the base path, in the document and on the page', async () => {
  const document = (await (await atShop(new Request('http://shop.example/shop/api/v1/openapi.json'))).json()) as {
    servers: object[];
    paths: Record<string, { servers?: object[] }>;
  };
  expect(document.servers).toEqual([{ url: '/shop/api/v1' }]);
  expect(document.paths['/trpc/stock.watch']?.servers).toEqual([{ url: '/shop' }]);
  const page = await (await atShop(new Request('http://shop.example/shop/docs'))).text();
  for (const path of ['/shop/api/v1/cart/lines', '/shop/trpc/stock.watch'])
    expect(page).toContain(`<code>${path}</code>`);
});

describe.each([
  ['app.all', () => new Hono().all('/shop/*', (c) => atShop(c.req.raw))],
  ['app.mount', () => new Hono().mount('/shop', (request) => atRoot(request))],
])('a Hono app with %s', (_, appOf) => {
  test('sells a unit, and watches stock until the client leaves', async () => {
    const app = appOf().get('/', (c) => c.text('home'));
    await using server = await listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
    expect(await (await fetch(server.url)).text()).toBe('home');
    const order = await sell(`${server.url}/shop`);
    expect(order).toMatchObject({ status: 'placed', lines: [{ sku: 'cup', quantity: 2 }] });
    const watcher = watch(`${server.url}/shop`, ['cup']);
    await expect.poll(() => watcher.states.length).toBe(1);
    expect(holdfast.watch.counts.watchSubscribers).toBe(1);
    watcher.leave();
    await expect.poll(() => holdfast.watch.counts.watchSubscribers).toBe(0);
  });

  test('takes a call without a body from a client that sends neither a length nor a type, as curl does', async () => {
    await using server = await listening(serve({ fetch: appOf().fetch, port: 0, hostname: '127.0.0.1' }) as Server);
    expect(await postWithoutBody(server.url)).toEqual([200, 200]);
  });

  test('refuses a body that is too long with an answer, and not with a reset', async () => {
    await using server = await listening(serve({ fetch: appOf().fetch, port: 0, hostname: '127.0.0.1' }) as Server);
    const body = JSON.stringify({ json: { sku: 'x'.repeat(2_000_000) } });
    const headers = { 'content-type': 'application/json', 'x-session-id': 'shopper-of-the-test' };
    const answer = await fetch(`${server.url}/shop/trpc/cart.add`, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
  });
});

/** Resolves to the statuses of a REST call and a tRPC call. */
const postWithoutBody = (url: string): Promise<number[]> => {
  const headers = [`Host: ${new URL(url).host}`, 'Connection: close'];
  const statusOf = async (target: string): Promise<number> => {
    const text = await exchange(Number(new URL(url).port), bytesOf({ target, headers }));
    return Number(text.split(' ')[1]);
  };
  return Promise.all(['/shop/api/v1/sessions', '/shop/trpc/session.create'].map(statusOf));
};

/** Like `app.use('/shop', listener)` of Express, which removes the path from the URL. */
const mounted =
  (listener: RequestListener): RequestListener =>
  (req, res) => {
    if (!req.url?.startsWith('/shop/')) return void res.writeHead(404).end('another page');
    req.url = req.url.slice('/shop'.length);
    return listener(req, res);
  };

describe('an app of Node, such as Express', () => {
  test('sells a unit, and watches stock until the client leaves', async () => {
    await using server = await onPort(mounted(toNodeListener(atRoot)));
    expect(await (await fetch(server.url)).text()).toBe('another page');
    expect(await sell(`${server.url}/shop`)).toMatchObject({ status: 'placed' });
    const watcher = watch(`${server.url}/shop`, ['cup']);
    await expect.poll(() => watcher.states.length).toBe(1);
    watcher.leave();
    await expect.poll(() => holdfast.watch.counts.watchSubscribers).toBe(0);
  });

  test('takes a call without a body from a client that sends neither a length nor a type, as curl does', async () => {
    await using server = await onPort(mounted(toNodeListener(atRoot)));
    expect(await postWithoutBody(server.url)).toEqual([200, 200]);
  });

  test('answers a body that a parser has read before as cut off', async () => {
    const listener = toNodeListener(atRoot);
    await using server = await onPort(async (req, res) => {
      for await (const chunk of req) expect(chunk).toBeInstanceOf(Buffer);
      await listener(req, res);
    });
    const headers = { 'content-type': 'application/json', 'x-session-id': 'shopper-of-the-test' };
    const answer = await fetch(`${server.url}/trpc/cart.clear`, { method: 'POST', headers, body: '{"json":{}}' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('the body was cut off');
  });
});

test('route handlers of Next are the handler itself, called with plain requests', async () => {
  const route = { GET: atShop, POST: atShop };
  const ask: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const method = route[request.method as keyof typeof route];
    return method(request);
  };
  expect(await sell('https://shop.example/shop', ask)).toMatchObject({ status: 'placed' });
});
