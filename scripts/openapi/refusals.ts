import { z } from 'zod';
import { type MetaOf, type Reason, WIRE, wireRows } from '../../src/contract/wire-refusals.ts';
import { ENDED_STATES, LIVE_STATES } from '../../src/domain/records.ts';
import { lostLine, orderStatus, shownMoney } from '../../src/contract/output-fields.ts';

const whole = z.int();
const text = z.string();
const nothing = z.strictObject({});
const wait = z.strictObject({ retryAfterMs: whole });
const about = <K extends string>(name: K) => z.strictObject({ [name]: text } as Record<K, z.ZodString>);
const limit = z.strictObject({ limit: whole });
const counts = z.strictObject({ onHand: whole, reserved: whole });
const lost = z.strictObject({ lines: z.array(lostLine) });
const issue = z.strictObject({ path: text.meta({ description: 'The field; empty for the whole.' }), message: text });

/** The schema of `meta` for each reason. The compiler compares it with the type of the refusal. */
export const METAS = {
  invalid_input: z.strictObject({ issues: z.array(issue) }),
  session_required: nothing,
  not_authorized: z.strictObject({ credentials: z.enum(['missing', 'insufficient']) }),
  unknown_sku: about('sku'),
  unknown_order: about('orderId'),
  unknown_endpoint: about('endpointId'),
  unknown_hold: z.strictObject({ holdId: text, state: z.literal('unknown') }),
  not_found: nothing,
  method_not_allowed: nothing,
  insufficient_stock: z.strictObject({
    lines: z.array(z.strictObject({ sku: text, requested: whole, available: whole })),
  }),
  limit_exceeded: z.strictObject({ sku: text, limit: whole, already: whole }),
  cart_full: limit,
  quantity_limit: limit,
  cart_changed: z.strictObject({ expectedTotal: shownMoney, total: shownMoney.nullable() }),
  return_exceeds_sold: about('sku'),
  stock_overflow: about('sku'),
  below_reserved: counts,
  count_mismatch: counts,
  recovery_mismatch: z.strictObject({ acceptable: whole.nullable() }),
  hold_not_active: z.strictObject({ holdId: text, state: z.enum([...LIVE_STATES, ...ENDED_STATES]) }),
  order_state: z.strictObject({ orderId: text, status: orderStatus }),
  conflict: nothing,
  hold_expired: lost,
  cart_empty: lost,
  payment_too_late: about('orderId'),
  payload_too_large: nothing,
  unsupported_media_type: nothing,
  idempotency_mismatch: about('idempotencyKey'),
  overloaded: wait,
  rate_limited: wait,
  internal: about('requestId'),
  store_unavailable: nothing,
  store_regressed: nothing,
  outcome_unknown: about('idempotencyKey'),
} satisfies { [R in Reason]: z.ZodType<MetaOf<R>> };

export const REASONS = Object.keys(WIRE) as Reason[];

/** Returns the schema of a REST refusal with a reason. */
export const refusalSchema = (reason: Reason) => {
  const rows = wireRows(reason);
  return z.strictObject({
    error: z.strictObject({
      code: z.literal(rows.map(({ code }) => code)),
      httpStatus: z.literal(rows.map(({ httpStatus }) => httpStatus)),
      reason: z.literal(reason),
      meta: METAS[reason] as z.ZodType,
      message: text.meta({ description: 'For people.', examples: rows.map(({ message }) => message) }),
      requestId: text,
    }),
  });
};
