import { countKey, countKeyParts } from '../domain/machine/write-buffer.ts';
import type { CountClaim, HeldCount, WrongCount } from './index-check.ts';

interface CountSource {
  counts: (key: string) => number | undefined;
  /** Return undefined for a missing or undecodable record. */
  stock: (key: string) => { version: number } | undefined;
  document: (key: string) => { version: number } | undefined;
  /** Null: the counts are only checked. */
  set: ((key: string, units: number) => void) | null;
}

/** Returns a count of held units from its key and value in the table of counts. */
export const heldCountIn = (key: string, units: number): HeldCount => ({ ...countKeyParts(key), units });

/** Implements `IndexCheck.checkCounts` in one turn of the event loop, on one snapshot. */
export function wrongCounts(
  { counts, stock: stockOf, document, set }: CountSource,
  claims: readonly CountClaim[],
): WrongCount[] {
  return claims.flatMap((claim) => {
    const { customer, sku, stock, units, sequence, orders, isExact } = claim;
    const key = countKey(customer, sku);
    const found = counts(key) ?? 0;
    const isSettled =
      stock.every((each) => (stockOf(each)?.version ?? Number.POSITIVE_INFINITY) <= sequence) &&
      orders.every((order) => document(order.key)?.version === order.version);
    if (found === units || (found > units && !isExact) || !isSettled) return [];
    set?.(key, units);
    return [{ claim, found }];
  });
}
