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
  /** The keys of the SKU's stock at all its locations. */
  stock: readonly string[];
  customer: string;
  units: number;
  sequence: number;
  /** The orders among them, with their versions. */
  orders: readonly { key: string; version: number }[];
  /** Whether the count has to be equal, because it counts live holds alone. If not, it may be higher. */
  isExact: boolean;
}

/** A count that differs from its claim. */
export interface WrongCount {
  claim: CountClaim;
  found: number;
}

/** The units of a SKU that a holder has in live holds, by the table of counts. */
export interface HeldCount {
  customer: string;
  sku: string;
  units: number;
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
   * Returns the claims whose count is lower, and exact claims whose count is higher, except where the SKU's stock or an
   * order has changed since the claim was summed. `mend` corrects those counts. The count of a customer's limit
   * may be higher: units that the library consumed outside of orders count too.
   */
  checkCounts(claims: readonly CountClaim[], mend: boolean): Promise<WrongCount[]>;

  /**
   * Returns some counts of units in live holds. Each count that exists all the time is returned, possibly twice.
   * `cursor` null starts; a null `next` ends. Rejects as `read` does.
   */
  heldCounts(page: { cursor: string | null; limit: number }): Promise<{ counts: HeldCount[]; next: string | null }>;
}
