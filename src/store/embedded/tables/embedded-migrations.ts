import type { Migrations } from '../../record-format.ts';
import type { Tables } from './tables.ts';

/**
 * By format. They run in the transaction that opens the data, before anything else is written; a failure leaves the data as
 * it was. docs/decisions/formats.md says how to add one.
 */
export const EMBEDDED_MIGRATIONS: Migrations<(tables: Tables) => void> = {};
