import { type Call, type Caller, systemCaller } from './call.ts';
import { ALL_SCOPES, type Scope } from '../scope-names.ts';

/** A valid key of an operator. */
export interface AccessKey {
  /** Null for the root key. */
  keyId: string | null;
  name: string;
  /** All scopes, with those that they imply. */
  scopes: ReadonlySet<Scope>;
  /** When it expires, in epoch milliseconds; null: never. */
  expiresAt: number | null;
  /** The most calls a minute; null: the limit of every key. */
  ratePerMinute: number | null;
  /** The holder as a caller. Its principal is `key:<name>`, or `operator` for the root key. */
  caller: Caller;
}

export const OPERATOR: Caller = systemCaller('operator');
export const AS_OPERATOR: Call = { caller: OPERATOR };

/** `OPERATOR_KEY`, which has all scopes. */
export const ROOT_KEY: AccessKey = {
  keyId: null,
  name: OPERATOR.principal,
  scopes: ALL_SCOPES,
  expiresAt: null,
  ratePerMinute: null,
  caller: OPERATOR,
};
