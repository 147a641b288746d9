import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { ENDED_STATES, LIVE_STATES } from '../../domain/records.ts';
import { lostLine, orderStatus, reservationStatus, shownMoney, string, transferStatus } from '../output-fields.ts';

const int = z.int();
const shownAvailable = int.exactOptional().meta({
  description: 'The available units. With SHOW_STOCK, shoppers see at most LOW_STOCK_UNITS, or no number.',
});
const shownLimit = int.exactOptional().meta({
  description:
    'Absent for shoppers if SHOW_STOCK hides numbers, because the limit can be a share of the units on hand.',
});
const lost = { lines: z.array(lostLine) };

const issue = z.strictObject({
  path: string.meta({ description: 'The field; empty for the whole.' }),
  message: string,
});
/** An error in one field of an input. `path` is dotted, and empty for the input as a whole. */
export interface Issue extends z.output<typeof issue> {}

interface WireRow {
  httpStatus: number;
  /** tRPC's own name for that status. */
  code: TRPC_ERROR_CODE_KEY;
  /** For people. It reveals no internals, and clients do not parse it. */
  message: string;
}

const rowOf =
  (httpStatus: number, code: TRPC_ERROR_CODE_KEY) =>
  <S extends z.ZodRawShape>(meta: S, message: string) => ({ httpStatus, code, meta: z.strictObject(meta), message });
const status404 = rowOf(404, 'NOT_FOUND');
const status409 = rowOf(409, 'CONFLICT');
const status412 = rowOf(412, 'PRECONDITION_FAILED');
const status429 = rowOf(429, 'TOO_MANY_REQUESTS');
const status503 = rowOf(503, 'SERVICE_UNAVAILABLE');

/**
 * Every refusal, as clients see it: its status, the schema of its `meta`, and its message. The list is closed, because
 * clients switch over it. The types, the OpenAPI document and the client derive from this table.
 */
export const WIRE = {
  invalid_input: rowOf(400, 'BAD_REQUEST')(
    { issues: z.array(issue) },
    'The input is not valid; meta.issues says where.',
  ),
  session_required: rowOf(401, 'UNAUTHORIZED')({}, 'This needs a valid session id in the X-Session-ID header.'),
  not_authorized: rowOf(403, 'FORBIDDEN')(
    {
      credentials: z.enum(['missing', 'insufficient']),
      scope: string.exactOptional().meta({ description: 'The scope that the key lacks.' }),
    },
    'The caller may not do this: the key does not allow it, or the session or the client is blocked.',
  ),
  shop_suspended: rowOf(403, 'FORBIDDEN')({ shop: string }, 'An operator has suspended the shop.'),
  customer_required: rowOf(403, 'FORBIDDEN')({ sku: string }, 'Only a session of a customer may have units of it.'),
  admission_required: rowOf(403, 'FORBIDDEN')({ sku: string }, 'The shop has to admit the session to this SKU first.'),
  unknown_sku: status404({ sku: string }, 'The shop has no such SKU.'),
  unknown_location: status404({ location: string }, 'The shop has not defined this location.'),
  unknown_transfer: status404({ transferId: string }, 'The shop has no such transfer.'),
  unknown_order: status404({ orderId: string }, 'The shop has no such order for this caller.'),
  unknown_reservation: status404(
    { reservationId: string.exactOptional(), reference: string.exactOptional() },
    'The shop has no such reservation.',
  ),
  unknown_endpoint: status404({ endpointId: string }, 'The shop has no such webhook endpoint.'),
  unknown_key: status404({ keyId: string }, 'The shop has no such key.'),
  unknown_shop: status404({ shop: string }, 'This process serves no such shop.'),
  unknown_hold: status404(
    { holdId: string, state: z.literal('unknown') },
    'The shop has no such hold, or it ended long ago.',
  ),
  not_found: status404({}, 'There is nothing under this path.'),
  method_not_allowed: rowOf(405, 'METHOD_NOT_SUPPORTED')(
    {},
    'This path takes other methods; the Allow header names them.',
  ),
  insufficient_stock: status409(
    { lines: z.array(z.strictObject({ sku: string, requested: int, available: shownAvailable })) },
    'There are not that many units.',
  ),
  limit_exceeded: status409(
    { sku: string, limit: int, already: int },
    'The limit for each customer would be exceeded.',
  ),
  hold_cap: status409(
    { sku: string, limit: shownLimit, held: int, retryAfterMs: int.exactOptional() },
    'One holder may not have that many units at once; meta says how many it has.',
  ),
  cart_full: status409({ limit: int }, 'The cart has as many lines as it may have.'),
  quantity_limit: status409({ limit: int }, 'A line may not have that many units.'),
  cart_changed: status409(
    { expectedTotal: shownMoney, total: shownMoney.nullable() },
    'The total is not the expected one.',
  ),
  return_exceeds_sold: status409({ sku: string }, 'More units would come back than were sold.'),
  exceeds_unfulfilled: status409(
    { sku: string, unfulfilled: int },
    'Fewer units of the line are still to be dispatched; meta.unfulfilled says how many.',
  ),
  stock_overflow: status409({ sku: string }, 'There would be more units on hand than can be counted.'),
  kit_stock: status409({ sku: string }, 'A kit has no stock of its own; change that of its components.'),
  kit_in_use: status409(
    { sku: string },
    'The SKU has units on hand, or units of it are held or were sold, so its components cannot change.',
  ),
  below_reserved: status409(
    { onHand: int, reserved: int, committed: int },
    'There would be fewer units on hand than are reserved and committed.',
  ),
  count_mismatch: status409(
    { onHand: int, reserved: int, committed: int },
    'The units on hand are not the expected number; an archive expects none.',
  ),
  recovery_mismatch: status409(
    { acceptable: int.nullable() },
    'The store has no such loss to accept; meta.acceptable is the sequence of the one that it has. With `replay` and ' +
      'the same sequence: none of the lost writes is known, so there is nothing to restore.',
  ),
  shops_fixed: status409(
    {},
    'The configuration names the shops of this process; SHOPS=* lets shops.create add others.',
  ),
  hold_not_active: status409(
    { holdId: string, state: z.enum([...LIVE_STATES, ...ENDED_STATES]) },
    'The hold is in a state that does not allow this; meta.state says which.',
  ),
  order_state: status409({ orderId: string, status: orderStatus }, 'The order is not in a state that allows this.'),
  reservation_state: status409(
    { reservationId: string, status: reservationStatus },
    'The reservation, or the one that has the reference, is not in a state that allows this.',
  ),
  transfer_state: status409(
    { transferId: string, status: transferStatus },
    'The transfer is not in a state that allows this.',
  ),
  exceeds_in_transit: status409(
    { sku: string, inTransit: int },
    'Fewer units of the line are in transit; meta.inTransit says how many.',
  ),
  conflict: status409({}, 'The data kept changing during the call; try again.'),
  hold_expired: status412(lost, 'Lines of the cart have expired.'),
  cart_empty: status412(lost, 'The cart is empty.'),
  payment_too_late: status412({ orderId: string }, 'The payment came too late, and the stock is gone.'),
  payload_too_large: rowOf(413, 'PAYLOAD_TOO_LARGE')({}, 'The request is too large.'),
  unsupported_media_type: rowOf(415, 'UNSUPPORTED_MEDIA_TYPE')({}, 'Requests are application/json in UTF-8.'),
  idempotency_mismatch: rowOf(422, 'UNPROCESSABLE_CONTENT')(
    { idempotencyKey: string },
    'The idempotency key was used for another request.',
  ),
  overloaded: status429({ retryAfterMs: int }, 'Too many calls wait already; try again soon.'),
  rate_limited: status429({ retryAfterMs: int }, 'Too many calls or orders; try again later.'),
  internal: rowOf(500, 'INTERNAL_SERVER_ERROR')({ requestId: string }, 'Something went wrong on our side.'),
  store_unavailable: status503({}, 'The store does not accept the call at the moment; nothing was changed.'),
  store_regressed: status503(
    {},
    'The store has lost writes. Nothing is sold until an operator runs "holdfast recover", with --replay or --accept.',
  ),
  outcome_unknown: rowOf(504, 'GATEWAY_TIMEOUT')(
    { idempotencyKey: string },
    'Whether this took effect is not known; ask again with meta.idempotencyKey.',
  ),
};

export type Reason = keyof typeof WIRE;
export type MetaOf<R extends Reason> = z.output<(typeof WIRE)[R]['meta']>;
export type WireRefusal = { [R in Reason]: { reason: R; meta: MetaOf<R> } }[Reason];

/** The reasons of the edge: credentials, HTTP, load, outages and bugs. All others come from the services. */
type EdgeReason = keyof Pick<
  typeof WIRE,
  | 'session_required'
  | 'not_authorized'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'overloaded'
  | 'store_unavailable'
  | 'store_regressed'
  | 'outcome_unknown'
  | 'internal'
>;
export type ServiceReason = Exclude<Reason, EdgeReason>;

/** `not_authorized` for a request without credentials: sending some may help. */
const UNAUTHENTICATED = rowOf(401, 'UNAUTHORIZED')(
  WIRE.not_authorized.meta.shape,
  'This needs a key of an operator as a bearer token.',
);

/** Returns the wire form of a refusal. */
export function wireRow(refusal: WireRefusal): WireRow {
  const hasNoCredentials = refusal.reason === 'not_authorized' && refusal.meta.credentials === 'missing';
  return hasNoCredentials ? UNAUTHENTICATED : WIRE[refusal.reason];
}

/** Returns all wire forms of a reason. */
export const wireRows = (reason: Reason): readonly WireRow[] =>
  reason === 'not_authorized' ? [UNAUTHENTICATED, WIRE[reason]] : [WIRE[reason]];

const RETRY_STORE_MS = 2_000;

/** Returns how long a caller should wait before a retry; null if a retry alone does not help. */
export function retryAfterMs(refusal: WireRefusal): number | null {
  if (refusal.reason === 'overloaded' || refusal.reason === 'rate_limited') return refusal.meta.retryAfterMs;
  if (refusal.reason === 'hold_cap') return refusal.meta.retryAfterMs ?? null;
  return refusal.reason === 'store_unavailable' ? RETRY_STORE_MS : null;
}

/** Returns the value of `Retry-After` for refusals: the longest wait in whole seconds; null for no header. */
function retryAfterHeader(refusals: readonly WireRefusal[]): string | null {
  const waits = refusals.map(retryAfterMs).filter((ms) => ms !== null);
  return waits.length === 0 ? null : String(Math.ceil(Math.max(...waits) / 1_000));
}

const CHALLENGES: { [R in Reason]?: string } = {
  not_authorized: 'Bearer realm="holdfast"',
  session_required: 'Session realm="holdfast", header="X-Session-ID"',
};

type RefusalHeaders = Partial<Record<'retry-after' | 'www-authenticate', string>>;

/** Returns the headers of an answer that contains refusals. */
export function refusalHeaders(refusals: readonly WireRefusal[]): RefusalHeaders {
  const headers: RefusalHeaders = {};
  const retryAfter = retryAfterHeader(refusals);
  if (retryAfter !== null) headers['retry-after'] = retryAfter;
  const schemes = refusals.flatMap((refusal) =>
    wireRow(refusal).httpStatus === 401 ? (CHALLENGES[refusal.reason] ?? []) : [],
  );
  if (schemes.length > 0) headers['www-authenticate'] = [...new Set(schemes)].join(', ');
  return headers;
}
