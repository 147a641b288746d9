import { OVERDUE_HOLDS_READ_MAX } from '../domain/limits.ts';
import type { DuePosition } from '../domain/machine/lookups.ts';
import type { HoldRecord, StockRecord } from '../domain/records.ts';

interface OverdueSource {
  stock(sku: string): StockRecord | null;
  /** Returns null where the hold is missing or cannot be decoded. */
  hold(holdId: string): HoldRecord | null;
  /** Returns at most `limit` live holds of a SKU with `from` <= `expiresAt` < `to`. */
  positions(sku: string, range: { from: number; to: number }, limit: number): DuePosition[];
}

/**
 * Sums the units that overdue holds still block, within one read. Where a SKU has too many overdue holds, it sums the
 * other live holds and subtracts them from `reserved`: when all holds of a sale become overdue at once, few other holds
 * remain. All SKUs of one read share a budget of `OVERDUE_HOLDS_READ_MAX` holds, so that a read stays short.
 */
export class OverdueUnits {
  readonly #source: OverdueSource;
  #budget = OVERDUE_HOLDS_READ_MAX;

  constructor(source: OverdueSource) {
    this.#source = source;
  }

  /** Returns null where neither sum fits into the budget. */
  of(sku: string, at: number): number | null {
    const overdue = this.#sum(sku, { from: 0, to: at + 1 });
    if (overdue !== null) return overdue;
    const record = this.#source.stock(sku);
    const current = record && this.#sum(sku, { from: at + 1, to: Number.MAX_VALUE });
    return record && current !== null ? Math.max(0, record.reserved - current) : null;
  }

  #sum(sku: string, range: { from: number; to: number }): number | null {
    const positions = this.#source.positions(sku, range, this.#budget + 1);
    if (positions.length > this.#budget) return null;
    this.#budget -= positions.length;
    let units = 0;
    for (const { holdId, expiresAt } of positions) {
      const hold = this.#source.hold(holdId);
      if (hold?.expiresAt === expiresAt) units += hold.quantity;
    }
    return units;
  }
}
