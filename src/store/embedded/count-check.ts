import { countKey } from '../../domain/machine/write-buffer.ts';
import type { CountClaim, LowCount } from '../index-check.ts';
import type { Tables } from './tables/tables.ts';

/** Returns the claims whose count is lower. Runs in one turn, on one snapshot; with `mend` in a write transaction. */
export function findLowCounts(tables: Tables, claims: readonly CountClaim[], mend: boolean): LowCount[] {
  return claims.flatMap((claim) => {
    const key = countKey(claim.customer, claim.sku);
    const found = tables.counts.readable(key) ?? 0;
    if (found >= claim.units || !isSettled(tables, claim)) return [];
    if (mend) tables.counts.put(key, claim.units);
    return [{ claim, found }];
  });
}

function isSettled({ stock, documents }: Tables, { sku, sequence, orders }: CountClaim): boolean {
  const version = stock.readable(sku)?.version;
  if (version === undefined || version > sequence) return false;
  return orders.every((order) => documents.records.readable(order.key)?.version === order.version);
}
