/** An index entry that does not follow from its record, or is missing. */
export interface IndexFault {
  index: 'due_holds' | 'due_skus' | 'due_documents' | 'lists' | 'skus';
  /** A word like `hold:ID`, `stock:SKU` or `document:KEY`. */
  record: string;
  found: string;
  expected: string;
}

export interface IndexPage {
  sequence: number;
  faults: IndexFault[];
  /** Where the next page starts; null at the end. */
  next: string | null;
}

/** What a customer's holds and kept orders make up of a SKU, summed at no later sequence than `sequence`. */
export interface CountClaim {
  sku: string;
  customer: string;
  units: number;
  sequence: number;
  /** The orders among them, with their versions. */
  orders: readonly { key: string; version: number }[];
}

/** A count below what its claim makes up. */
export interface LowCount {
  claim: CountClaim;
  found: number;
}

export interface IndexCheck {
  /**
   * Compares some records with their index entries, or some entries with their records, each page in one atomic step, so
   * that traffic is never mistaken for a fault. `mend` makes the entries follow from the records in the same step, which
   * is safe while several processes serve the shop, and changes nothing the second time. `cursor` null starts; a null
   * `next` ends. Rejects as `read` does, with `mend` as `apply` does.
   */
  checkIndexes(page: { cursor: string | null; limit: number; mend: boolean }): Promise<IndexPage>;

  /**
   * Returns the claims whose count is lower, unless the SKU or one of the orders has changed since they were summed.
   * `mend` raises those counts. A count may be higher: units that the library consumed outside of orders count as well.
   */
  checkCounts(claims: readonly CountClaim[], mend: boolean): Promise<LowCount[]>;
}
