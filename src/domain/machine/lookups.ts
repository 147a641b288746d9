import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../records.ts';

/** Where a hold stands in the index of deadlines. */
export interface DuePosition {
  sku: string;
  expiresAt: number;
  holdId: string;
}

/**
 * What the machine asks of a store: synchronous look-ups of the state before the batch. `undefined` means that there is
 * no such record; one that cannot be decoded throws `UndecodableRecord`.
 */
export interface Lookups {
  stock(sku: string): StockRecord | undefined;
  /** A live hold, or one that ended and is still on record. */
  hold(holdId: string): HoldRecord | undefined;
  document(key: string): DocumentRecord | undefined;
  request(id: string): RequestRecord | undefined;
  /** Units that count for a customer of a SKU; 0 where nothing is kept. */
  counted(customer: string, sku: string): number;
  /** Live holds of the SKU with `expiresAt <= at`, by (expiresAt, holdId), at most `limit`. */
  overdueHolds(sku: string, at: number, limit: number): DuePosition[];
  /** SKUs with overdue holds, by (earliest deadline, SKU), at most `limit`. */
  overdueSkus(at: number, limit: number): string[];
}

export class UndecodableRecord extends Error {
  override readonly name = 'UndecodableRecord';
  /** A word like `hold:ID`. */
  readonly record: string;
  /** What is wrong with it. */
  readonly problem: string;

  constructor(record: string, problem: string) {
    super(`${record}: ${problem}`);
    this.record = record;
    this.problem = problem;
  }
}
