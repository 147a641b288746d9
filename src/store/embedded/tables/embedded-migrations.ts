import type { Migrations } from '../../record-format.ts';
import type { Tables } from './tables.ts';

const RESERVED_COLUMN = 4;

/**
 * The migrations by format. They run in the transaction that opens the data, before any other write; a failure leaves
 * the data unchanged. docs/decisions/formats.md describes how to add one.
 */
export const EMBEDDED_MIGRATIONS: Migrations<(tables: Tables) => void> = {
  // Records of format 3 have no client and no later settings, and read as if they had the initial values.
  3: () => undefined,
  // Ledger entries of format 4 have no request id and no trace, which are optional.
  4: () => undefined,
  // Stock records of format 5 have no committed units, which follow the reserved ones.
  5: ({ stock }) => stock.rewrite((row) => row.toSpliced(RESERVED_COLUMN + 1, 0, 0)),
  // Data of format 6 has no reservations and no transfers.
  6: () => undefined,
  // Records of format 7 have no backordered units, and read as if these were 0.
  7: () => undefined,
  // Records of format 8 have no settings of kits, and read as if they had the initial values.
  8: () => undefined,
};
