import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../records.ts';

/** The position of a hold in the index of deadlines. */
export interface DuePosition {
  sku: string;
  expiresAt: number;
  holdId: string;
}

/**
 * The look-ups that the machine needs from a store: synchronous reads of the state before the batch. They return
 * `undefined` for an absent record, and throw `UndecodableRecord` for one that cannot be decoded.
 */
export interface Lookups {
  stock(sku: string): StockRecord | undefined;
  /** Returns a live hold, or an ended one that is still on record. */
  hold(holdId: string): HoldRecord | undefined;
  document(key: string): DocumentRecord | undefined;
  request(id: string): RequestRecord | undefined;
  /** Returns the units of a SKU that count for a customer, by the key of `countKey`; 0 if there is no record. */
  counted(key: string): number;
  /** Returns live holds of the SKU with `expiresAt <= at`, in the order of (expiresAt, holdId), at most `limit`. */
  overdueHolds(sku: string, at: number, limit: number): DuePosition[];
  /** Returns SKUs with overdue holds, in the order of (earliest deadline, SKU), at most `limit`. */
  overdueSkus(at: number, limit: number): string[];
}

export class UndecodableRecord extends Error {
  override readonly name = 'UndecodableRecord';
  /** A word like `hold:ID`. */
  readonly record: string;
  /** Why it cannot be decoded. */
  readonly problem: string;

  constructor(record: string, problem: string) {
    super(`${record}: ${problem}`);
    this.record = record;
    this.problem = problem;
  }
}
