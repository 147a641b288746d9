import type { Transaction } from './transaction.ts';

/**
 * Returns for how many more milliseconds nobody else can know the ids that were generated for the transactions. `nowMs` is
 * by `performance.now`, as `newUntil` is.
 */
export function newForMs(transactions: readonly Transaction[], nowMs: number): number {
  let until = Number.POSITIVE_INFINITY;
  for (const { isNew, newUntil } of transactions) {
    if (isNew && newUntil !== undefined && newUntil < until) until = newUntil;
  }
  return until - nowMs;
}

/** Returns the transactions so that all their ids are looked for. */
export const asOld = (transactions: readonly Transaction[]): Transaction[] =>
  transactions.map((transaction) => ({ ...transaction, isNew: false, hasNewHolds: false }));

/** Returns the transactions as they are to be decided at once: ids of a caller who may have asked again are looked for. */
export const withIdsAt = (transactions: readonly Transaction[], nowMs: number): readonly Transaction[] =>
  newForMs(transactions, nowMs) > 0 ? transactions : asOld(transactions);
