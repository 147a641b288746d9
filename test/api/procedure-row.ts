import type { Credentials } from '../support/shop-server.ts';

/** Values that a field accepts (at its bounds) and refuses (just beyond them, and of other types). */
export interface Field {
  good: unknown[];
  bad: unknown[];
  required?: true;
}

export interface ProcedureRow {
  path: string;
  type: 'mutation' | 'query';
  who: Credentials;
  /** A valid input without optional fields. */
  base: Record<string, unknown>;
  fields: Record<string, Field>;
}
