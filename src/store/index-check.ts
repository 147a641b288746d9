/** An index entry that does not match its record, or that is missing. */
export interface IndexFault {
  index: 'due_holds' | 'due_skus' | 'due_documents' | 'lists' | 'skus';
  /** The record's name: `hold:ID`, `stock:SKU` or `document:KEY`. */
  record: string;
  found: string;
  expected: string;
}

export interface IndexPage {
  sequence: number;
  faults: IndexFault[];
  /** The cursor of the next page; null at the end. */
  next: string | null;
}

/** The units of a SKU in a customer's holds and kept orders, summed at `sequence` or earlier. */
export interface CountClaim {
  sku: string;
  customer: string;
  units: number;
  sequence: number;
  /** The orders among them, with their versions. */
  orders: readonly { key: string; version: number }[];
}

/** A count that is lower than its claim. */
export interface LowCount {
  claim: CountClaim;
  found: number;
}

export interface IndexCheck {
  /**
   * Compares some records with their index entries, or some entries with their records. Each page is one atomic step,
   * so concurrent writes never look like a fault. With `mend` the same step repairs the entries from the records. That
   * is safe while several processes serve the shop, and idempotent. `cursor` null starts; a null `next` ends. Rejects
   * as `read` does, and with `mend` as `apply` does.
   */
  checkIndexes(page: { cursor: string | null; limit: number; mend: boolean }): Promise<IndexPage>;

  /**
   * Returns the claims whose count is lower, except where the SKU or one of the orders has changed since the claim was
   * summed. `mend` raises those counts. A count may be higher: units that the library consumed outside of orders count
   * too.
   */
  checkCounts(claims: readonly CountClaim[], mend: boolean): Promise<LowCount[]>;
}
