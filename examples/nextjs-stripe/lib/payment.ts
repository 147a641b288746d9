import type { Order } from '@holdfast/client';
import { Stripe } from 'stripe';
import { titleOf } from './catalog.ts';

/** Stripe ends a session after 30 minutes at the earliest. The order lives a little longer than its session. */
const SESSION_MS = 31 * 60_000;
export const PAYMENT_WINDOW_MS = SESSION_MS + 60_000;

/** `STRIPE_API_URL` is another address of Stripe's API, for tests. */
export function openStripe(): Stripe {
  const { STRIPE_SECRET_KEY, STRIPE_API_URL } = process.env;
  if (!STRIPE_SECRET_KEY) throw new Error('STRIPE_SECRET_KEY is not set');
  if (!STRIPE_API_URL) return new Stripe(STRIPE_SECRET_KEY);
  const { hostname: host, port } = new URL(STRIPE_API_URL);
  return new Stripe(STRIPE_SECRET_KEY, { protocol: 'http', host, port });
}

/** Returns the Stripe session in which an order is paid. A second call for the order returns the same session. */
export async function openPaymentSession(order: Order): Promise<{ id: string; url: string }> {
  const page = `${process.env.SHOP_URL ?? 'http://localhost:3001'}/orders/${order.orderId}`;
  const session = await openStripe().checkout.sessions.create(
    {
      mode: 'payment',
      metadata: { shop: 'main', orderId: order.orderId },
      line_items: order.lines.map(({ sku, quantity, unitPrice }) => {
        if (!unitPrice) throw new Error(`${sku} has no price`);
        const { amount, currency } = unitPrice;
        return { quantity, price_data: { currency, unit_amount: amount, product_data: { name: titleOf(sku) } } };
      }),
      expires_at: Math.floor((order.createdAt + SESSION_MS) / 1_000),
      success_url: page,
      cancel_url: page,
    },
    { idempotencyKey: order.orderId },
  );
  if (!session.url) throw new Error(`the session ${session.id} has no page`);
  return { id: session.id, url: session.url };
}
