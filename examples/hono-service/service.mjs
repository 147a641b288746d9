// @ts-check
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { createHoldfast, createHoldfastHandler, OPERATOR, openEmbeddedStore, PRODUCTION_SETTINGS } from 'holdfast';
import { Hono } from 'hono';

const { PORT = '3000', DATA_DIR = './data', OPERATOR_KEY, SESSION_SECRET } = process.env;

/** What the service sells. A real one reads it from its own database. */
const PRODUCTS = [
  { sku: 'MUG', title: 'A mug', unitPrice: { amount: 1_200, currency: 'EUR' } },
  { sku: 'LAMP', title: 'A lamp', unitPrice: { amount: 4_900, currency: 'EUR' } },
];
const FIRST_DELIVERY = 10;

const store = await openEmbeddedStore({ dir: DATA_DIR, shop: 'main' });
const holdfast = createHoldfast({ store, settings: PRODUCTION_SETTINGS });
for (const product of PRODUCTS) {
  const { sku } = product;
  const isKnown = (await holdfast.stock.level({ sku })).ok;
  await holdfast.stock.define(product, { caller: OPERATOR });
  if (!isKnown) await holdfast.stock.receive({ sku, quantity: FIRST_DELIVERY }, { caller: OPERATOR });
}

/** @type {WeakMap<Request, string | undefined>} */
const addresses = new WeakMap();
const handler = createHoldfastHandler(holdfast, {
  basePath: '/shop',
  operatorKey: OPERATOR_KEY,
  sessionSecret: SESSION_SECRET,
  // With a payment provider: 'operator'.
  checkoutPlace: 'shopper',
  // Who is limited. Behind a proxy, read the address from the header that the proxy overwrites.
  clientOf: (request) => addresses.get(request),
});

const app = new Hono();

// A route of the service itself. It calls Holdfast in process.
app.get('/products', async (c) => {
  const answer = await holdfast.stock.availability({ skus: PRODUCTS.map(({ sku }) => sku) });
  if (!answer.ok) return c.json({ error: answer.refusal.reason }, 500);
  const statuses = new Map(answer.value.map(({ sku, status }) => [sku, status]));
  return c.json(PRODUCTS.map((product) => ({ ...product, status: statuses.get(product.sku) })));
});

// Carts, checkout, orders and streams of stock: /shop/trpc for the typed client, /shop/api/v1 for REST.
app.all('/shop/*', (c) => {
  addresses.set(c.req.raw, getConnInfo(c).remote.address);
  return handler(c.req.raw);
});

const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});

process.once('SIGTERM', async () => {
  server.close();
  await holdfast.close();
  await store.close();
});
