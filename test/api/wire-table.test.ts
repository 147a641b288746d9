import { readFileSync } from 'node:fs';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { describe, expect, test } from 'vitest';
import { refusalOf, wireError } from '../../src/api/wire-errors.ts';
import { refusalHeaders, WIRE, wireRow, wireRows, type Reason } from '../../src/contract/calls/wire-refusals.ts';
import { Overloaded, QueueTimeout } from '../../src/actor/batcher-errors.ts';
import { OutcomeUnknown, ServiceFailure } from '../../src/contract/calls/call.ts';
import { StoreError, type StoreFault } from '../../src/store/store.ts';

/** API.md's list, reason by reason. */
const CONTRACT: Record<Reason, number> = {
  invalid_input: 400,
  session_required: 401,
  not_authorized: 403,
  customer_required: 403,
  admission_required: 403,
  shop_suspended: 403,
  unknown_sku: 404,
  unknown_location: 404,
  unknown_transfer: 404,
  unknown_order: 404,
  unknown_reservation: 404,
  unknown_endpoint: 404,
  unknown_key: 404,
  unknown_shop: 404,
  insufficient_stock: 409,
  limit_exceeded: 409,
  hold_cap: 409,
  cart_full: 409,
  quantity_limit: 409,
  cart_changed: 409,
  return_exceeds_sold: 409,
  stock_overflow: 409,
  kit_stock: 409,
  kit_in_use: 409,
  exceeds_unfulfilled: 409,
  below_reserved: 409,
  count_mismatch: 409,
  recovery_mismatch: 409,
  shops_fixed: 409,
  unknown_hold: 404,
  hold_not_active: 409,
  reservation_state: 409,
  transfer_state: 409,
  exceeds_in_transit: 409,
  order_state: 409,
  conflict: 409,
  hold_expired: 412,
  cart_empty: 412,
  payment_too_late: 412,
  idempotency_mismatch: 422,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  overloaded: 429,
  rate_limited: 429,
  store_unavailable: 503,
  store_regressed: 503,
  outcome_unknown: 504,
  internal: 500,
};

describe('the table of refusals', () => {
  test('has the statuses of the contract', () => {
    const statuses = Object.fromEntries(Object.entries(WIRE).map(([reason, { httpStatus }]) => [reason, httpStatus]));
    expect(statuses).toEqual(CONTRACT);
  });

  test.each(Object.entries(WIRE))('%s has the name that tRPC has for its status', (_, { code, httpStatus }) => {
    expect(getHTTPStatusCodeFromError(new TRPCError({ code }))).toBe(httpStatus);
  });
});

const full = new Overloaded({ queue: 'mailbox', unit: 'items', waiting: 1, limit: 1 } as never);
const outage = (fault: StoreFault) => new StoreError(fault, 'redis://user:password@host is gone');

describe('the refusal of', () => {
  const rows: [string, unknown, Reason][] = [
    ['a store that is away', outage('unavailable'), 'store_unavailable'],
    ['a store that is closing', outage('closed'), 'store_unavailable'],
    ['a store that has lost writes', outage('regressed'), 'store_regressed'],
    ['a record that cannot be decoded', outage('undecodable'), 'internal'],
    ['a full mailbox', full, 'overloaded'],
    ['a call that was never sent', new QueueTimeout(5_000), 'store_unavailable'],
    ['a lost reply', new OutcomeUnknown('gen_1'), 'outcome_unknown'],
    ['a failed service', new ServiceFailure('undecodable_record: hold:1'), 'internal'],
    ['a bug', new TypeError('x is not a function'), 'internal'],
    ['a thrown value that is not an error', 'text', 'internal'],
    ['undefined', undefined, 'internal'],
  ];

  test.each(rows)('%s', (_, thrown, reason) => {
    for (const error of [thrown, new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: thrown })]) {
      const refusal = refusalOf(error, 'req_1');
      expect(refusal.reason).toBe(reason);
      const shape = JSON.stringify(wireError(refusal, 'cart.add', 'req_1'));
      expect(shape).not.toMatch(/password|not a function|hold:1|text/);
      expect(shape).not.toContain('stack');
    }
  });

  test('an internal error has the request id, a lost reply has the key', () => {
    expect(refusalOf(new Error('x'), 'req_7').meta).toEqual({ requestId: 'req_7' });
    expect(refusalOf(new OutcomeUnknown('gen_7'), 'req_7').meta).toEqual({ idempotencyKey: 'gen_7' });
  });
});

test('Retry-After is the longest delay in whole seconds, and absent without one', () => {
  const overloaded = (retryAfterMs: number) => ({ reason: 'overloaded', meta: { retryAfterMs } }) as const;
  expect(refusalHeaders([overloaded(1), overloaded(3_001), { reason: 'conflict', meta: {} }])).toEqual({
    'retry-after': '4',
  });
  expect(refusalHeaders([{ reason: 'store_unavailable', meta: {} }])).toEqual({ 'retry-after': '2' });
  expect(refusalHeaders([{ reason: 'conflict', meta: {} }])).toEqual({});
});

test('missing credentials are 401 with WWW-Authenticate, and insufficient ones 403', () => {
  const missing = { reason: 'not_authorized', meta: { credentials: 'missing' } } as const;
  const insufficient = { reason: 'not_authorized', meta: { credentials: 'insufficient' } } as const;
  expect(wireRow(missing)).toMatchObject({ httpStatus: 401, code: 'UNAUTHORIZED' });
  expect(wireRow(insufficient)).toMatchObject({ httpStatus: 403, code: 'FORBIDDEN' });
  expect(refusalHeaders([missing, missing])).toEqual({ 'www-authenticate': 'Bearer realm="holdfast"' });
  expect(refusalHeaders([insufficient])).toEqual({});
  expect(refusalHeaders([{ reason: 'session_required', meta: {} }])).toEqual({
    'www-authenticate': 'Session realm="holdfast", header="X-Session-ID"',
  });
});

test('docs/errors.md has each reason with its statuses and the fields of its meta', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d, ]+) \|([^|]*)\|/gm)].map(
    ([, reason = '', status, meta = '']) => [
      reason,
      { status, fields: [...meta.matchAll(/`(\w+)`/g)].map(([, field]) => field) },
    ],
  );
  const described: Record<string, { status: string; fields: string[] }> = Object.fromEntries(rows);
  expect(Object.keys(described).toSorted()).toEqual(Object.keys(WIRE).toSorted());
  for (const reason of Object.keys(WIRE) as Reason[]) {
    expect(described[reason]?.status).toBe(
      wireRows(reason)
        .map(({ httpStatus }) => httpStatus)
        .join(', '),
    );
    expect(described[reason]?.fields).toEqual(expect.arrayContaining(Object.keys(WIRE[reason].meta.shape)));
  }
});
