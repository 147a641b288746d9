import type { Transaction } from './transaction.ts';

/**
 * Returns for how many more milliseconds only this process knows the generated ids of the transactions. `nowMs` and
 * `newUntil` are times of `performance.now`.
 */
export function newForMs(transactions: readonly Transaction[], nowMs: number): number {
  let until = Number.POSITIVE_INFINITY;
  for (const { isNew, newUntil = until } of transactions) if (isNew) until = Math.min(until, newUntil);
  return until - nowMs;
}

/** Returns the transactions with all ids marked as possibly used before, so that the store looks them up. */
export const asOld = (transactions: readonly Transaction[]): Transaction[] =>
  transactions.map((transaction) => ({ ...transaction, isNew: false, hasNewHolds: false }));

/** Returns the transactions to decide at `nowMs`. The store looks their ids up if a caller may have repeated a call. */
export const withIdsAt = (transactions: readonly Transaction[], nowMs: number): readonly Transaction[] =>
  newForMs(transactions, nowMs) > 0 ? transactions : asOld(transactions);
