import type { Stripe } from 'stripe';
import { type IgnoredMessage, NotAuthentic, type PaymentAdapter, type PaymentReading } from './payment-adapter.ts';
import { fromStripe } from './stripe-amounts.ts';
import { readEvent, type SessionEvent, type SessionEventType, type StripeSession } from './stripe-event.ts';

/** The maximum age of a message, so that a recorded message cannot be replayed later. */
const TOLERANCE_SECONDS = 300;
const ORDER_ID = /^ord_[\w-]{1,96}$/;

export interface StripeOptions {
  /** The endpoint's secret, `whsec_...`. */
  webhookSecret: string;
  /**
   * This shop's name. Sessions with another `metadata.shop` are ignored. Absent: sessions of all shops are accepted.
   */
  shop?: string;
  /** Connected accounts (`acct_...`) whose sessions are accepted in addition to the endpoint's own account. */
  accounts?: readonly string[];
  /** Whether only sessions in live mode are accepted. */
  liveOnly?: boolean;
  /**
   * Whether `client_reference_id` names the order if `metadata.orderId` is absent. A buyer can set it in a payment
   * link.
   */
  clientReference?: boolean;
  /** Epoch milliseconds. */
  clock?: () => number;
}

/** The package stripe, an optional peer dependency, is not installed. */
export class StripeMissing extends Error {
  override readonly name = 'StripeMissing';
}

/**
 * Returns the adapter of Stripe Checkout. A session names its order in `metadata.orderId`. Rejects with
 * `StripeMissing`.
 */
export async function openStripeAdapter(options: StripeOptions): Promise<PaymentAdapter> {
  const { webhookSecret, clock = Date.now } = options;
  const { webhooks } = await loadStripe();
  const verified = (body: string, headers: Headers): unknown => {
    const signature = headers.get('stripe-signature') ?? '';
    try {
      return webhooks.constructEvent(body, signature, webhookSecret, TOLERANCE_SECONDS, undefined, clock());
    } catch (error) {
      throw new NotAuthentic('not signed by Stripe, or too old', { cause: error });
    }
  };
  return { name: 'stripe', read: (body, headers) => readSession(verified(body, headers), options) };
}

async function loadStripe(): Promise<typeof Stripe> {
  try {
    return (await import('stripe')).default;
  } catch (error) {
    throw new StripeMissing('the package stripe is not installed', { cause: error });
  }
}

const ignored = (why: string): IgnoredMessage => ({ ignored: why });

function readSession(value: unknown, options: StripeOptions): PaymentReading {
  const event = readEvent(value);
  if (event === 'other') return null;
  if (event === 'odd') return ignored('the event does not have the form that Stripe documents');
  const { type, session } = event;
  const orderId = orderIdIn(session, options);
  if (orderId === null) return null;
  const problem = problemWith(event, options);
  if (problem !== null) return ignored(`${problem} (order ${orderId}, session ${session.id})`);
  return OUTCOMES[type] === 'failed'
    ? { orderId, outcome: 'failed', ...namesOf(session) }
    : paidReading(orderId, session);
}

const OUTCOMES: Readonly<Record<SessionEventType, 'paid' | 'failed'>> = {
  'checkout.session.completed': 'paid',
  'checkout.session.async_payment_succeeded': 'paid',
  'checkout.session.async_payment_failed': 'failed',
  'checkout.session.expired': 'failed',
};

/** Returns null if the session is not about an order of this shop. */
function orderIdIn({ metadata, client_reference_id: reference }: StripeSession, options: StripeOptions): string | null {
  const { shop, orderId = options.clientReference ? reference : null } = metadata ?? {};
  if (options.shop !== undefined && shop !== undefined && shop !== options.shop) return null;
  return typeof orderId === 'string' && ORDER_ID.test(orderId) ? orderId : null;
}

/** Returns the reason why this shop does not accept the session; null if it does. */
function problemWith({ account, isLive, session }: SessionEvent, options: StripeOptions): string | null {
  const { accounts = [], liveOnly = false } = options;
  if (account !== null && !accounts.includes(account))
    return 'the session is of an account that STRIPE_ACCOUNTS does not name';
  if (liveOnly && !isLive) return 'the session is not in live mode, which STRIPE_LIVE_MODE requires';
  return session.mode === 'payment' ? null : 'the session is not in the mode payment';
}

/**
 * `completed` alone does not mean that money arrived: slow payment methods report it days later by `async_payment_...`.
 */
function paidReading(orderId: string, session: StripeSession): PaymentReading {
  const { payment_status: status, amount_subtotal: subtotal, currency } = session;
  if (status === 'unpaid') return null;
  if (status !== 'paid' && status !== 'no_payment_required') {
    return ignored(`the session does not say that it is paid (order ${orderId}, session ${session.id})`);
  }
  if (typeof subtotal !== 'number' || typeof currency !== 'string') {
    return ignored(`the session has no amount (order ${orderId}, session ${session.id})`);
  }
  // The subtotal excludes discounts and taxes, which Stripe handles. A free order has a subtotal of 0.
  const amount = fromStripe(subtotal, currency);
  return { orderId, outcome: 'paid', ...namesOf(session), amount };
}

const namesOf = ({ id, payment_intent: intent }: StripeSession) => ({
  paymentReference: intent ?? id,
  sessionReference: id,
});
