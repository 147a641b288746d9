import { z } from 'zod';

/** The events of Stripe that report the end of a Checkout Session. */
const SESSION_EVENTS = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
] as const;
export type SessionEventType = (typeof SESSION_EVENTS)[number];

const stripeId = z.string().min(1).max(255);

/** The fields that are read from a session. A session of any other form is refused. */
const sessionSchema = z.object({
  id: stripeId,
  mode: z.string().nullish(),
  payment_status: z.string().nullish(),
  payment_intent: z.union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)]).nullish(),
  amount_subtotal: z.int().min(0).nullish(),
  currency: z
    .string()
    .regex(/^[a-z]{3}$/i)
    .nullish(),
  client_reference_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type StripeSession = z.output<typeof sessionSchema>;

const eventSchema = z.object({
  type: z.string(),
  account: z.string().nullish(),
  context: z.string().nullish(),
  livemode: z.boolean().nullish(),
});
const sessionEventSchema = eventSchema.extend({
  type: z.enum(SESSION_EVENTS),
  data: z.object({ object: sessionSchema }),
});

export interface SessionEvent {
  type: SessionEventType;
  /** The session's connected account or organization account; null for the endpoint's own account. */
  account: string | null;
  isLive: boolean;
  session: StripeSession;
}

/**
 * Returns an event's session; `other` for another type of event, `odd` for an event that does not have the documented
 * form.
 */
export function readEvent(value: unknown): SessionEvent | 'other' | 'odd' {
  const known = eventSchema.safeParse(value);
  if (!known.success) return 'odd';
  if (!SESSION_EVENTS.some((type) => type === known.data.type)) return 'other';
  const parsed = sessionEventSchema.safeParse(value);
  if (!parsed.success) return 'odd';
  const { type, account, context, livemode, data } = parsed.data;
  return { type, account: account ?? accountOf(context), isLive: livemode === true, session: data.object };
}

/** An organization's events name the account in `context`, like `org_1/acct_1`: docs.stripe.com/api/events/object. */
const accountOf = (context: string | null | undefined): string | null => context?.split('/').at(-1) ?? null;
