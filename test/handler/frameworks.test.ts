import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHoldfast, createHoldfastHandler, type Holdfast, openMemoryStore, OPERATOR } from '../../src/index.ts';
import { createHoldfastClient, type Outputs } from '../../src/client/client.ts';

type Fetch = (request: Request) => Promise<Response>;

let holdfast: Holdfast;
let handler: Fetch;

beforeAll(async () => {
  holdfast = createHoldfast({ store: openMemoryStore({ shop: 'main' }) });
  handler = createHoldfastHandler(holdfast, { basePath: '/shop' });
  await holdfast.stock.define({ sku: 'cup' }, { caller: OPERATOR });
  await holdfast.stock.receive({ sku: 'cup', quantity: 100 }, { caller: OPERATOR });
});
afterAll(() => holdfast.close());

async function sell(url: string): Promise<Outputs['checkout']['place']> {
  const client = createHoldfastClient({ url, sessionId: 'shopper-of-the-test' });
  const cart = await client.cart.add.mutate({ sku: 'cup', quantity: 2 });
  expect(cart.lines).toMatchObject([{ sku: 'cup', quantity: 2 }]);
  return client.checkout.place.mutate({ idempotencyKey: `k-${url}` });
}

test('a Hono app on a port serves the shop', async () => {
  const app = new Hono().get('/', (c) => c.text('home')).all('/shop/*', (c) => handler(c.req.raw));
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const order = await sell(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`);
  expect(order.status).toBe('placed');
  await new Promise((resolve) => server.close(resolve));
});
