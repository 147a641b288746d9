import { countKey } from '../domain/machine/write-buffer.ts';
import type { CountClaim, LowCount } from './index-check.ts';

interface CountSource {
  counts: (key: string) => number | undefined;
  /** Return undefined for a missing or undecodable record. */
  stock: (sku: string) => { version: number } | undefined;
  document: (key: string) => { version: number } | undefined;
  /** Null: the counts are only checked. */
  raise: ((key: string, units: number) => void) | null;
}

/** Implements `IndexCheck.checkCounts` in one turn of the event loop, on one snapshot. */
export function lowCounts({ counts, stock, document, raise }: CountSource, claims: readonly CountClaim[]): LowCount[] {
  return claims.flatMap((claim) => {
    const { customer, sku, units, sequence, orders } = claim;
    const key = countKey(customer, sku);
    const found = counts(key) ?? 0;
    const isSettled =
      (stock(sku)?.version ?? Number.POSITIVE_INFINITY) <= sequence &&
      orders.every((order) => document(order.key)?.version === order.version);
    if (found >= units || !isSettled) return [];
    raise?.(key, units);
    return [{ claim, found }];
  });
}
