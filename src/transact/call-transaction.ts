import type { Cause } from '../domain/records.ts';
import type { Transaction } from '../domain/transaction.ts';
import { canonicalJson, newId, requestId, shortHash } from './ids.ts';
import type { Composed, Mutation } from './mutation.ts';

/** How keys begin that no person or system chose: ours, and those of the client in src/client. */
const GENERATED_KEY_PREFIX = 'gen_';

/** What names a call in the store. */
export interface Identity {
  id: string;
  fingerprint: string;
  retention: Transaction['retention'];
}

export const generatedKey = (nowMs: number): string => newId(GENERATED_KEY_PREFIX, nowMs);

/** Throws where the input cannot be written as JSON, such as a BigInt. */
export function callIdentity({ procedure, input, defaults, call }: Mutation<unknown>, key: string): Identity {
  return {
    id: requestId(call.caller.principal, key),
    fingerprint: shortHash(procedure, canonicalJson(input, defaults)),
    // Our client names its calls too, each once: a day's worth of their records would be kept for nobody.
    retention: key.startsWith(GENERATED_KEY_PREFIX) ? 'short' : 'long',
  };
}

/** `endMs`: until when the caller waits, by `performance.now`. */
export function transactionOf(
  { call, reason, reference: causeReference }: Mutation<unknown>,
  { id, fingerprint, retention }: Identity,
  endMs: number,
  { steps, reference, orderId }: Composed<unknown>,
): Transaction {
  const cause: Cause = { by: call.caller.principal };
  if (reason !== undefined) cause.reason = reason;
  if (causeReference !== undefined) cause.reference = causeReference;
  if (orderId !== undefined) cause.orderId = orderId;
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
  if (reference !== undefined) transaction.reference = reference;
  return transaction;
}
