import { countKey } from '../../domain/machine/write-buffer.ts';
import type { CountClaim, LowCount } from '../index-check.ts';
import type { RecordTable } from './tables/record-table.ts';
import type { Tables } from './tables/tables.ts';

/** Runs in one turn of the event loop, on one snapshot; to mend, in a write transaction. */
export function lowCounts(tables: Tables, claims: readonly CountClaim[], mend: boolean): LowCount[] {
  return claims.flatMap((claim) => {
    const key = countKey(claim.customer, claim.sku);
    const found = decoded(tables.counts, key) ?? 0;
    if (found >= claim.units || !isSettled(tables, claim)) return [];
    if (mend) tables.counts.put(key, claim.units);
    return [{ claim, found }];
  });
}

function isSettled({ stock, documents }: Tables, { sku, sequence, orders }: CountClaim): boolean {
  const version = decoded(stock, sku)?.version;
  if (version === undefined || version > sequence) return false;
  return orders.every((order) => decoded(documents.records, order.key)?.version === order.version);
}

function decoded<R>(table: RecordTable<R>, key: string): R | undefined {
  const entry = table.entry(key);
  return entry && 'record' in entry ? entry.record : undefined;
}
