import type { EndedState } from './records.ts';

/** Units asked for in addition to what is held already, and units there are in addition. */
export interface ShortLine {
  sku: string;
  requested: number;
  available: number;
}

/**
 * A business "no" of the transaction machine: a value, never an exception. The first step that is refused decides;
 * within a step the order of the checks is the one in which its doc comment lists the refusals.
 */
export type CoreRefusal =
  | { reason: 'invalid_transaction'; meta: { issues: string[] } }
  | { reason: 'idempotency_mismatch'; meta: Record<string, never> }
  | { reason: 'unknown_sku'; meta: { sku: string } }
  | { reason: 'hold_exists'; meta: { holdId: string } }
  | { reason: 'insufficient_stock'; meta: { lines: ShortLine[] } }
  | { reason: 'limit_exceeded'; meta: { sku: string; limit: number; already: number } }
  | { reason: 'quantity_limit'; meta: { limit: number } }
  | { reason: 'below_reserved'; meta: { onHand: number; reserved: number } }
  | { reason: 'count_mismatch'; meta: { onHand: number; reserved: number } }
  | { reason: 'stock_overflow'; meta: { sku: string } }
  | { reason: 'unknown_hold'; meta: { holdId: string; state: 'unknown' } }
  | { reason: 'hold_not_active'; meta: { holdId: string; state: EndedState } }
  | { reason: 'return_exceeds_sold'; meta: { sku: string } }
  | { reason: 'conflict'; meta: { key: string } };

export type CoreReason = CoreRefusal['reason'];
