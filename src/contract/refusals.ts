import type { HoldState, Money } from '../domain/records.ts';
import type { ShortLine } from '../domain/refusal.ts';
import type { LostLine, OrderStatus } from './output-fields.ts';

/** An error in one field of an input. `path` is dotted, and empty for the input as a whole. */
export interface Issue {
  path: string;
  message: string;
}

/**
 * Every refusal of a service, named as on the wire. Refusals are values, and a refused call changed nothing. Outages
 * and bugs throw.
 */
export type Refusal =
  | { reason: 'invalid_input'; meta: { issues: Issue[] } }
  | { reason: 'unknown_sku'; meta: { sku: string } }
  | { reason: 'unknown_order'; meta: { orderId: string } }
  | { reason: 'unknown_endpoint'; meta: { endpointId: string } }
  | { reason: 'insufficient_stock'; meta: { lines: ShortLine[] } }
  | { reason: 'limit_exceeded'; meta: { sku: string; limit: number; already: number } }
  | { reason: 'cart_full'; meta: { limit: number } }
  | { reason: 'quantity_limit'; meta: { limit: number } }
  | { reason: 'cart_changed'; meta: { expectedTotal: Money; total: Money | null } }
  | { reason: 'return_exceeds_sold'; meta: { sku: string } }
  | { reason: 'stock_overflow'; meta: { sku: string } }
  | { reason: 'below_reserved'; meta: { onHand: number; reserved: number } }
  | { reason: 'count_mismatch'; meta: { onHand: number; reserved: number } }
  | { reason: 'unknown_hold'; meta: { holdId: string; state: 'unknown' } }
  | { reason: 'hold_not_active'; meta: { holdId: string; state: HoldState } }
  | { reason: 'order_state'; meta: { orderId: string; status: OrderStatus } }
  | { reason: 'conflict'; meta: Record<string, never> }
  | { reason: 'hold_expired'; meta: { lines: LostLine[] } }
  | { reason: 'cart_empty'; meta: { lines: LostLine[] } }
  | { reason: 'payment_too_late'; meta: { orderId: string } }
  | { reason: 'recovery_mismatch'; meta: { acceptable: number | null } }
  | { reason: 'idempotency_mismatch'; meta: { idempotencyKey: string } };

export type Reason = Refusal['reason'];

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });

/** Returns a refusal of the input because of one field. */
export const invalid = (path: string, message: string): { ok: false; refusal: Refusal } =>
  refuse({ reason: 'invalid_input', meta: { issues: [{ path, message }] } });
