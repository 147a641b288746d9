import type { Cause } from '../domain/records.ts';
import type { Transaction } from '../domain/transaction.ts';
import { canonicalJson, type Ids, requestId, shortHash } from './documents/ids.ts';
import type { Composed, MutationSpec } from './mutation.ts';

/** Prefix of generated keys: those of this process and those of the client in src/client. */
const GENERATED_KEY_PREFIX = 'gen_';

/** Identifies a call in the store. */
export interface Identity {
  id: string;
  fingerprint: string;
  retention: Transaction['retention'];
}

export const generatedKey = (ids: Ids): string => ids.newId(GENERATED_KEY_PREFIX);

/**
 * Returns the identity of a call under `key`. Throws if the input cannot be written as JSON (for example, a BigInt).
 */
export function callIdentity(
  { procedure, input, defaults, call }: Pick<MutationSpec<unknown>, 'procedure' | 'input' | 'defaults' | 'call'>,
  key: string,
): Identity {
  return {
    id: requestId(call.caller.principal, key),
    fingerprint: shortHash(procedure, canonicalJson(input, defaults)),
    // Our client generates a key for each call and never reuses it, so a day's retention would have no use.
    retention: key.startsWith(GENERATED_KEY_PREFIX) ? 'short' : 'long',
  };
}

interface IdentifiedCall {
  mutation: Pick<MutationSpec<unknown>, 'call' | 'reason' | 'reference'>;
  identity: Identity;
  /** The call's deadline, by the monotonic clock of the process. */
  endMs: number;
}

/** Returns the transaction of a composed call. `traceparent` is its span, if that is recorded. */
export function transactionOf(
  { mutation: { call, reason, reference }, identity: { id, fingerprint, retention }, endMs }: IdentifiedCall,
  { steps, effectReference, orderId }: Composed<unknown>,
  traceparent: string | undefined,
): Transaction {
  const cause: Cause = { by: call.caller.principal };
  if (reason !== undefined) cause.reason = reason;
  if (reference !== undefined) cause.reference = reference;
  if (orderId !== undefined) cause.orderId = orderId;
  const { requestId: request } = call.caller;
  if (request !== undefined) cause.requestId = request;
  if (traceparent !== undefined) cause.traceparent = traceparent;
  const isNew = call.idempotencyKey === undefined;
  const transaction: Transaction = {
    id,
    fingerprint,
    retention,
    isNew,
    newUntil: endMs,
    hasNewHolds: true,
    cause,
    steps,
  };
  if (effectReference !== undefined) transaction.reference = effectReference;
  return transaction;
}
