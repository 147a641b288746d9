import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import type { Nothing } from './inputs.ts';
import type { Refusal } from './refusals.ts';

/** Refusals of the edge: credentials, HTTP, load, outages and bugs. */
export type EdgeRefusal =
  | { reason: 'session_required'; meta: Nothing }
  | { reason: 'not_authorized'; meta: { credentials: 'missing' | 'insufficient' } }
  | { reason: 'not_found'; meta: Nothing }
  | { reason: 'method_not_allowed'; meta: Nothing }
  | { reason: 'payload_too_large'; meta: Nothing }
  | { reason: 'unsupported_media_type'; meta: Nothing }
  | { reason: 'overloaded'; meta: { retryAfterMs: number } }
  | { reason: 'rate_limited'; meta: { retryAfterMs: number } }
  | { reason: 'store_unavailable'; meta: Nothing }
  | { reason: 'store_regressed'; meta: Nothing }
  | { reason: 'outcome_unknown'; meta: { idempotencyKey: string } }
  | { reason: 'internal'; meta: { requestId: string } };

/** Every refusal with its `meta`. The list is closed, because clients switch over it. */
export type WireRefusal = Refusal | EdgeRefusal;

export type Reason = WireRefusal['reason'];

export type MetaOf<R extends Reason> = Extract<WireRefusal, { reason: R }>['meta'];

export interface WireRow {
  httpStatus: number;
  /** tRPC's own name for that status. */
  code: TRPC_ERROR_CODE_KEY;
  /** For people. It reveals no internals, and clients do not parse it. */
  message: string;
}

const row = (httpStatus: number, code: TRPC_ERROR_CODE_KEY, message: string): WireRow => ({
  httpStatus,
  code,
  message,
});

/** The wire form of each refusal. The type proves that none is missing. */
export const WIRE: Record<Reason, WireRow> = {
  invalid_input: row(400, 'BAD_REQUEST', 'The input is not valid; meta.issues says where.'),
  session_required: row(401, 'UNAUTHORIZED', 'This needs a valid session id in the X-Session-ID header.'),
  not_authorized: row(403, 'FORBIDDEN', 'The bearer token that was sent does not allow this.'),
  unknown_sku: row(404, 'NOT_FOUND', 'The shop has no such SKU.'),
  unknown_order: row(404, 'NOT_FOUND', 'There is no such order for this caller.'),
  unknown_endpoint: row(404, 'NOT_FOUND', 'There is no such webhook endpoint.'),
  unknown_hold: row(404, 'NOT_FOUND', 'There is no such hold, or it ended long ago.'),
  not_found: row(404, 'NOT_FOUND', 'There is nothing under this path.'),
  method_not_allowed: row(405, 'METHOD_NOT_SUPPORTED', 'This path takes other methods; the Allow header names them.'),
  insufficient_stock: row(409, 'CONFLICT', 'There are not that many units.'),
  limit_exceeded: row(409, 'CONFLICT', 'The limit for each customer would be exceeded.'),
  cart_full: row(409, 'CONFLICT', 'The cart has as many lines as it may have.'),
  quantity_limit: row(409, 'CONFLICT', 'A line may not have that many units.'),
  cart_changed: row(409, 'CONFLICT', 'The total is not the expected one.'),
  return_exceeds_sold: row(409, 'CONFLICT', 'More units would come back than were sold.'),
  stock_overflow: row(409, 'CONFLICT', 'There would be more units on hand than can be counted.'),
  below_reserved: row(409, 'CONFLICT', 'There would be fewer units on hand than are reserved.'),
  count_mismatch: row(409, 'CONFLICT', 'The units on hand are not the expected number; an archive expects none.'),
  recovery_mismatch: row(
    409,
    'CONFLICT',
    'The store has no such loss to accept; meta.acceptable is the sequence of the one that it has.',
  ),
  hold_not_active: row(409, 'CONFLICT', 'The hold has already ended; meta.state says how.'),
  order_state: row(409, 'CONFLICT', 'The order is not in a state that allows this.'),
  conflict: row(409, 'CONFLICT', 'The data kept changing during the call; try again.'),
  hold_expired: row(412, 'PRECONDITION_FAILED', 'Lines of the cart have expired.'),
  cart_empty: row(412, 'PRECONDITION_FAILED', 'The cart is empty.'),
  payment_too_late: row(412, 'PRECONDITION_FAILED', 'The payment came too late, and the stock is gone.'),
  payload_too_large: row(413, 'PAYLOAD_TOO_LARGE', 'The request is too large.'),
  unsupported_media_type: row(415, 'UNSUPPORTED_MEDIA_TYPE', 'Requests are application/json in UTF-8.'),
  idempotency_mismatch: row(422, 'UNPROCESSABLE_CONTENT', 'The idempotency key was used for another request.'),
  overloaded: row(429, 'TOO_MANY_REQUESTS', 'Too many calls wait already; try again soon.'),
  rate_limited: row(429, 'TOO_MANY_REQUESTS', 'Too many calls; try again soon.'),
  internal: row(500, 'INTERNAL_SERVER_ERROR', 'Something went wrong on our side.'),
  store_unavailable: row(
    503,
    'SERVICE_UNAVAILABLE',
    'The store does not accept the call at the moment; nothing was changed.',
  ),
  store_regressed: row(
    503,
    'SERVICE_UNAVAILABLE',
    'The store has lost writes; nothing is sold until an operator accepts the loss.',
  ),
  outcome_unknown: row(
    504,
    'GATEWAY_TIMEOUT',
    'Whether this took effect is not known; ask again with meta.idempotencyKey.',
  ),
};

/** `not_authorized` for a request without credentials: sending some may help. */
const UNAUTHENTICATED = row(401, 'UNAUTHORIZED', 'This needs the operator key as a bearer token.');

/** Returns the wire form of a refusal. */
export function wireRow(refusal: WireRefusal): WireRow {
  const isBare = refusal.reason === 'not_authorized' && refusal.meta.credentials === 'missing';
  return isBare ? UNAUTHENTICATED : WIRE[refusal.reason];
}

/** Returns all wire forms of a reason. */
export const wireRows = (reason: Reason): readonly WireRow[] =>
  reason === 'not_authorized' ? [UNAUTHENTICATED, WIRE[reason]] : [WIRE[reason]];

const RETRY_STORE_MS = 2_000;

/** Returns how long a caller should wait before a retry; null if a retry alone does not help. */
export function retryAfterMs(refusal: WireRefusal): number | null {
  if (refusal.reason === 'overloaded' || refusal.reason === 'rate_limited') return refusal.meta.retryAfterMs;
  return refusal.reason === 'store_unavailable' ? RETRY_STORE_MS : null;
}

/** Returns the value of `Retry-After` for refusals: the longest wait in whole seconds; null for no header. */
function retryAfterHeader(refusals: readonly WireRefusal[]): string | null {
  const waits = refusals.map(retryAfterMs).filter((ms) => ms !== null);
  return waits.length === 0 ? null : String(Math.ceil(Math.max(...waits) / 1_000));
}

const SCHEMES: { [R in Reason]?: string } = {
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
    wireRow(refusal).httpStatus === 401 ? (SCHEMES[refusal.reason] ?? []) : [],
  );
  if (schemes.length > 0) headers['www-authenticate'] = [...new Set(schemes)].join(', ');
  return headers;
}
