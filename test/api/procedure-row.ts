import type { Credentials } from '../support/shop-server.ts';

/** What a field takes (at its bounds) and what it refuses (just beyond them, and of other types). */
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
