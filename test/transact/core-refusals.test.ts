import { expect, test } from 'vitest';
import type { CoreRefusal } from '../../src/domain/refusal.ts';
import { wireRefusal } from '../../src/transact/core-refusals.ts';

const EAST = 'A@east';
const figures = { onHand: 3, reserved: 2, committed: 1 };

/** Each refusal of the machine, and the `meta` on the wire, which names SKUs and not the keys of their stock. */
const ROWS: [refusal: CoreRefusal, meta: object][] = [
  [{ reason: 'idempotency_mismatch', meta: {} }, { idempotencyKey: 'key' }],
  [{ reason: 'conflict', meta: { key: 'cart:1' } }, {}],
  [
    { reason: 'insufficient_stock', meta: { lines: [{ sku: EAST, requested: 3, available: 1 }] } },
    { lines: [{ sku: 'A', requested: 3, available: 1 }] },
  ],
  [{ reason: 'unknown_sku', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'stock_overflow', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'kit_stock', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'kit_in_use', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'return_exceeds_sold', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'customer_required', meta: { sku: EAST } }, { sku: 'A' }],
  [{ reason: 'admission_required', meta: { sku: EAST } }, { sku: 'A' }],
  [
    { reason: 'limit_exceeded', meta: { sku: EAST, limit: 2, already: 1 } },
    { sku: 'A', limit: 2, already: 1 },
  ],
  [
    { reason: 'hold_cap', meta: { sku: EAST, limit: 2, held: 1 } },
    { sku: 'A', limit: 2, held: 1 },
  ],
  [{ reason: 'quantity_limit', meta: { limit: 9 } }, { limit: 9 }],
  [{ reason: 'below_reserved', meta: figures }, figures],
  [{ reason: 'count_mismatch', meta: figures }, figures],
  [
    { reason: 'unknown_hold', meta: { holdId: 'h', state: 'unknown' } },
    { holdId: 'h', state: 'unknown' },
  ],
  [
    { reason: 'hold_not_active', meta: { holdId: 'h', state: 'expired' } },
    { holdId: 'h', state: 'expired' },
  ],
];

test.each(ROWS)('%j has the same reason and this meta on the wire: %j', (refusal, meta) => {
  expect(wireRefusal(refusal, 'key')).toEqual({ reason: refusal.reason, meta });
});

test('a transaction that no schema has checked is an invalid input, with an issue for each part', () => {
  const refusal: CoreRefusal = { reason: 'invalid_transaction', meta: { issues: ['quantity', 'ttlMs'] } };
  expect(wireRefusal(refusal, 'key')).toEqual({
    reason: 'invalid_input',
    meta: {
      issues: ['quantity', 'ttlMs'].map((part) => ({
        path: '',
        message: `a value is out of bounds: the store refuses ${part} of the transaction`,
      })),
    },
  });
});

test('a generated hold id that exists is a failure of the service', () => {
  expect(() => wireRefusal({ reason: 'hold_exists', meta: { holdId: 'h' } }, 'key')).toThrow(
    'a generated hold id was taken: h',
  );
});
