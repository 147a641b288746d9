import { z } from 'zod';

/** The events of Stripe that say how a Checkout Session ended. */
const SESSION_EVENTS = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
] as const;
export type SessionEventType = (typeof SESSION_EVENTS)[number];

const name = z.string().min(1).max(255);

/** Exactly what is read of a session. A session of another form is not taken, whatever it says. */
const session = z.object({
  id: name,
  mode: z.string().nullish(),
  payment_status: z.string().nullish(),
  payment_intent: z.union([name, z.object({ id: name }).transform(({ id }) => id)]).nullish(),
  amount_subtotal: z.int().min(0).nullish(),
  currency: z
    .string()
    .regex(/^[a-z]{3}$/i)
    .nullish(),
  client_reference_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type StripeSession = z.output<typeof session>;

const event = z.object({
  type: z.string(),
  account: z.string().nullish(),
  context: z.string().nullish(),
  livemode: z.boolean().nullish(),
});
const sessionEvent = event.extend({ type: z.enum(SESSION_EVENTS), data: z.object({ object: session }) });

export interface SessionEvent {
  type: SessionEventType;
  /** The connected account, or the organization's account, whose session it is; null for the endpoint's own account. */
  account: string | null;
  isLive: boolean;
  session: StripeSession;
}

/** Returns what an event says of a session; `other` for another type of event, `odd` for one that is not as documented. */
export function readEvent(value: unknown): SessionEvent | 'other' | 'odd' {
  const known = event.safeParse(value);
  if (!known.success) return 'odd';
  if (!SESSION_EVENTS.some((type) => type === known.data.type)) return 'other';
  const parsed = sessionEvent.safeParse(value);
  if (!parsed.success) return 'odd';
  const { type, account, context, livemode, data } = parsed.data;
  return { type, account: account ?? accountOf(context), isLive: livemode === true, session: data.object };
}

/** An organization's endpoint gets the events of its accounts with `context`, like `org_1/acct_1`: docs.stripe.com/api/events/object. */
const accountOf = (context: string | null | undefined): string | null => context?.split('/').at(-1) ?? null;
