import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { type ConsoleServer, startConsoleServer } from '../../src/server/console-server.ts';
import { poll } from '../support/poll.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
let server: ConsoleServer;
beforeAll(async () => {
  shop = await startShop();
  server = await startConsoleServer({ shopUrl: `${shop.url}/`, port: 0 });
});
afterAll(async () => {
  await server.close();
  await shop[Symbol.asyncDispose]();
});

const status = async (headers: Record<string, string>, path = '/console'): Promise<number | undefined> => {
  const { hostname, port } = new URL(server.url);
  const [answer] = (await once(get({ hostname, port, path, headers }), 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
};

test('holdfast console serves the page, and passes calls with the key of the page on', async () => {
  const page = await fetch(`${server.url}/console`);
  expect(page.headers.get('content-security-policy')).toContain(`connect-src 'self'`);
  const operator = createHoldfastClient({ url: server.url, operatorKey: OPERATOR_KEY });
  await operator.stock.define.mutate({ sku: 'tea leaves', title: 'Tea' });
  expect((await operator.stock.list.query({ prefix: 'tea ' })).items).toMatchObject([{ sku: 'tea leaves' }]);
  // It adds no key of its own.
  expect((await fetch(`${server.url}/trpc/stock.list`)).status).toBe(401);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  const input = encodeURIComponent(JSON.stringify({ json: { skus: ['tea leaves'] } }));
  const stream = await fetch(`${server.url}/trpc/stock.watch?input=${input}`);
  const reader = stream.body!.getReader();
  let text = '';
  while (!text.includes('"tea leaves"')) text += new TextDecoder().decode((await reader.read()).value);
  expect(shop.running.holdfast.stats().watchSubscribers).toBe(1);
  await reader.cancel();
  await poll(async () => shop.running.holdfast.stats().watchSubscribers === 0);
});

test('holdfast console answers only its own page', async () => {
  const { host } = new URL(server.url);
  expect(await status({ host })).toBe(200);
  expect(await status({ host, origin: server.url })).toBe(200);
  expect(await status({ host: host.replace('127.0.0.1', 'localhost') })).toBe(200);
  // A name of another site that leads to this computer, and a page of another site.
  expect(await status({ host: 'rebound.example' })).toBe(404);
  expect(await status({ host, origin: 'https://other.example' }, '/trpc/stock.availability')).toBe(404);
});

test('holdfast console says so if the server does not answer', async () => {
  const lonely = await startConsoleServer({ shopUrl: 'http://127.0.0.1:9', port: 0 });
  const answer = await fetch(`${lonely.url}/trpc/stock.list`);
  expect([answer.status, await answer.text()]).toEqual([502, 'http://127.0.0.1:9 does not answer\n']);
  await lonely.close();
});
