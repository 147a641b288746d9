// @ts-check
import { serve } from '@hono/node-server';
import { createHoldfastClient, isRefusal } from '@holdfast/client';
import {
  createHoldfast,
  createHoldfastHandler,
  openEmbeddedStore,
  openStripeAdapter,
  PRODUCTION_SETTINGS,
} from 'holdfast';
import { Hono } from 'hono';
import { Stripe } from 'stripe';

/** @param {string} name */
const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};
const OPERATOR_KEY = required('OPERATOR_KEY');
const PAGE_URL = process.env.PAGE_URL ?? 'http://localhost:5173';
/** Stripe ends a session after 30 minutes at the earliest. The order lives a little longer than its session. */
const SESSION_MS = 31 * 60_000;
const PAYMENT_WINDOW_MS = SESSION_MS + 60_000;

const store = await openEmbeddedStore({ dir: process.env.DATA_DIR ?? './data', shop: 'main' });
const holdfast = createHoldfast({ store, settings: PRODUCTION_SETTINGS });
const handler = createHoldfastHandler(holdfast, {
  operatorKey: OPERATOR_KEY,
  sessionSecret: process.env.SESSION_SECRET,
  checkoutPlace: 'operator', // A browser cannot sell its cart without a payment.
  corsOrigins: [PAGE_URL],
  // POST /payments/stripe: verifies the signature, account, shop and amount of a message, and confirms its order.
  payments: [await openStripeAdapter({ webhookSecret: required('STRIPE_WEBHOOK_SECRET'), shop: 'main' })],
});

// STRIPE_API_URL: another address of Stripe's API, for tests.
const api = process.env.STRIPE_API_URL ? new URL(process.env.STRIPE_API_URL) : null;
const stripe = new Stripe(
  required('STRIPE_SECRET_KEY'),
  api ? { protocol: 'http', host: api.hostname, port: api.port } : {},
);

/** Calls the handler without a network, as this shopper and as the operator, who may choose the payment window. */
const shopOf = (/** @type {string} */ sessionId) =>
  createHoldfastClient({
    url: 'http://shop.internal',
    sessionId,
    operatorKey: OPERATOR_KEY,
    fetch: (input, init) => handler(new Request(/** @type {string} */ (input), /** @type {RequestInit} */ (init))),
  });

const app = new Hono();

// The page sends the buyer here with its session. The answer is the address of Stripe's payment page.
app.post('/pay', async (c) => {
  const shop = shopOf(c.req.header('x-session-id') ?? '');
  try {
    const cart = await shop.cart.get.query();
    // One order for one state of the cart: two clicks begin one order.
    const idempotencyKey = `pay-${cart.cartId}-${cart.version}`;
    const order = await shop.checkout.begin.mutate({ idempotencyKey, paymentWindowMs: PAYMENT_WINDOW_MS });
    const session = await openPaymentSession(order);
    await shop.checkout.attachPayment.mutate({ orderId: order.orderId, paymentReference: session.id });
    return c.json({ orderId: order.orderId, url: session.url });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return c.json({ reason: error.data.reason, meta: error.data.meta }, 409);
  }
});

/** @param {import('@holdfast/client').Order} order */
function openPaymentSession({ orderId, createdAt, lines }) {
  return stripe.checkout.sessions.create(
    {
      mode: 'payment',
      metadata: { shop: 'main', orderId },
      line_items: lines.map(({ sku, quantity, unitPrice }) => ({
        quantity,
        price_data: {
          currency: unitPrice?.currency ?? 'EUR',
          unit_amount: unitPrice?.amount ?? 0,
          product_data: { name: sku },
        },
      })),
      expires_at: Math.floor((createdAt + SESSION_MS) / 1_000),
      success_url: `${PAGE_URL}/orders/${orderId}`,
      cancel_url: `${PAGE_URL}/cart`,
    },
    // Two clicks get one session.
    { idempotencyKey: orderId },
  );
}

app.all('*', (c) => handler(c.req.raw));

const server = serve(
  { fetch: app.fetch, port: Number(process.env.PORT ?? 3_000), hostname: '127.0.0.1' },
  ({ port }) => {
    console.log(`listening on http://127.0.0.1:${port}`);
  },
);

process.once('SIGTERM', async () => {
  server.close();
  await holdfast.close();
  await store.close();
});
