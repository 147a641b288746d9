import type { HoldState } from './records.ts';

/** A line that lacks stock. `requested` and `available` do not include the units that the hold already has. */
interface ShortLine {
  sku: string;
  requested: number;
  available: number;
}

interface StockFigures {
  onHand: number;
  reserved: number;
  committed: number;
}

/**
 * A refusal of the transaction machine. It is a value, never an exception. A transaction returns the refusal of its
 * first refused step. Within a step the order of the checks is the order of the refusals in its doc comment.
 */
export type CoreRefusal =
  | { reason: 'invalid_transaction'; meta: { issues: string[] } }
  | { reason: 'idempotency_mismatch'; meta: Record<string, never> }
  | { reason: 'unknown_sku'; meta: { sku: string } }
  | { reason: 'hold_exists'; meta: { holdId: string } }
  | { reason: 'insufficient_stock'; meta: { lines: ShortLine[] } }
  | { reason: 'limit_exceeded'; meta: { sku: string; limit: number; already: number } }
  | { reason: 'hold_cap'; meta: { sku: string; limit: number; held: number } }
  | { reason: 'customer_required'; meta: { sku: string } }
  | { reason: 'admission_required'; meta: { sku: string } }
  | { reason: 'quantity_limit'; meta: { limit: number } }
  | { reason: 'below_reserved'; meta: StockFigures }
  | { reason: 'count_mismatch'; meta: StockFigures }
  | { reason: 'stock_overflow'; meta: { sku: string } }
  | { reason: 'kit_stock'; meta: { sku: string } }
  | { reason: 'kit_in_use'; meta: { sku: string } }
  | { reason: 'unknown_hold'; meta: { holdId: string; state: 'unknown' } }
  | { reason: 'hold_not_active'; meta: { holdId: string; state: HoldState } }
  | { reason: 'return_exceeds_sold'; meta: { sku: string } }
  | { reason: 'conflict'; meta: { key: string } };

export type CoreReason = CoreRefusal['reason'];
