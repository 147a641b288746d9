import type { Stripe } from 'stripe';
import type { Money } from '../service/views.ts';
import { NotAuthentic, type PaymentAdapter, type PaymentNotice } from './payment-adapter.ts';

/** A message may be this old: whoever has caught one cannot send it again later. */
const TOLERANCE_SECONDS = 300;
const ORDER_ID = /^ord_[\w-]{1,96}$/;

export interface StripeOptions {
  /** `whsec_...`, of the endpoint. */
  webhookSecret: string;
  /** Epoch milliseconds. */
  clock?: () => number;
}

/** The stripe library is not installed: it is an optional peer dependency. */
export class StripeMissing extends Error {
  override readonly name = 'StripeMissing';
}

/**
 * Stripe Checkout. The session of an order carries its id in `metadata.orderId`, or in `client_reference_id`. Rejects
 * with `StripeMissing`.
 */
export async function openStripeAdapter({ webhookSecret, clock = Date.now }: StripeOptions): Promise<PaymentAdapter> {
  const { webhooks } = await loadStripe();
  const verified = (body: string, headers: Headers): Stripe.Event => {
    const signature = headers.get('stripe-signature') ?? '';
    try {
      return webhooks.constructEvent(body, signature, webhookSecret, TOLERANCE_SECONDS, undefined, clock());
    } catch (error) {
      throw new NotAuthentic('not signed by Stripe, or too old', { cause: error });
    }
  };
  return { name: 'stripe', read: (body, headers) => noticeOf(verified(body, headers)) };
}

async function loadStripe(): Promise<typeof Stripe> {
  try {
    return (await import('stripe')).default;
  } catch (error) {
    throw new StripeMissing('the package stripe is not installed', { cause: error });
  }
}

/** `completed` alone does not say that money came: some ways of paying take days, and tell by `async_payment_...`. */
function noticeOf(event: Stripe.Event): PaymentNotice | null {
  switch (event.type) {
    case 'checkout.session.completed':
      return event.data.object.payment_status === 'unpaid' ? null : sessionNotice(event.data.object, 'paid');
    case 'checkout.session.async_payment_succeeded':
      return sessionNotice(event.data.object, 'paid');
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired':
      return sessionNotice(event.data.object, 'failed');
    default:
      return null;
  }
}

/** The shop itself sets the metadata; a `client_reference_id` may come from a payment link, and so from the buyer. */
function sessionNotice(session: Stripe.Checkout.Session, outcome: PaymentNotice['outcome']): PaymentNotice | null {
  const orderId = session.metadata?.orderId ?? session.client_reference_id ?? '';
  if (!ORDER_ID.test(orderId)) return null;
  const { payment_intent: intent } = session;
  const paymentReference = (typeof intent === 'string' ? intent : intent?.id) ?? session.id;
  const amount = amountOf(session);
  return { orderId, outcome, paymentReference, ...(amount && { amount }) };
}

/** Before discounts and taxes, which are Stripe's own business with the buyer. */
function amountOf({ amount_subtotal: amount, currency }: Stripe.Checkout.Session): Money | null {
  return amount === null || currency === null ? null : { amount, currency: currency.toUpperCase() };
}
