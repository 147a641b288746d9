import { HOLD_QUANTITY_MAX } from '../../domain/limits.ts';
import { availableOf } from '../../domain/machine/step-context.ts';
import type { Refusal } from '../../contract/call.ts';
import type { ServiceParts } from '../stock/service-parts.ts';

/** The units of SKUs that are available; null for a SKU that the shop does not have. */
export type Availables = ReadonlyMap<string, number | null>;

/** Reads what is available now. Units of overdue holds are. */
export async function availableUnits(
  { reader }: Pick<ServiceParts, 'reader'>,
  skus: readonly string[],
): Promise<Availables> {
  const records = await reader.records(skus);
  return new Map(skus.map((sku, index) => [sku, availableIn(records[index] ?? null)]));
}

const availableIn = (record: Parameters<typeof availableOf>[0] | null): number | null => record && availableOf(record);

/** Units that are wanted in addition: `min` to `want`. */
export interface Wanted {
  sku: string;
  min: number;
  want: number;
}

/** Whether more units are wanted than a SKU can have. The store does not accept such a number. */
export const isBeyondAny = ({ want }: Pick<Wanted, 'want'>): boolean => want > HOLD_QUANTITY_MAX;

/** Returns the refusal that names each SKU of which fewer units than `min` are available; null if there are enough. */
export function shortage(wanted: readonly Wanted[], availables: Availables): Refusal | null {
  const unknown = wanted.find(({ sku }) => availables.get(sku) === null);
  if (unknown) return { reason: 'unknown_sku', meta: { sku: unknown.sku } };
  const lines = wanted
    .map(({ sku, min, want }) => ({ sku, min, requested: want, available: availables.get(sku) ?? 0 }))
    .filter(({ min, available }) => available < min)
    .map(({ min: _, ...line }) => line);
  return lines.length === 0 ? null : { reason: 'insufficient_stock', meta: { lines } };
}
