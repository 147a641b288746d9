import { HOLD_QUANTITY_MAX } from '../../domain/limits.ts';
import type { Refusal } from '../../contract/call.ts';
import type { Sourcing } from '../../contract/settings.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import { type Candidate, totalOf } from '../stock/sourcing.ts';
import type { ServiceParts } from '../stock/service-parts.ts';

/** What a reservation says about the locations of its units. */
export interface Origin {
  channel?: string | undefined;
  locations?: readonly string[] | undefined;
  sourcing?: Sourcing | undefined;
}

/** The stock of each SKU that may supply a reservation; null for a SKU that the shop does not have. */
export type Supplies = ReadonlyMap<string, readonly Candidate[] | null>;

type SupplyParts = Pick<ServiceParts, 'reader' | 'locations'>;

/** Returns the refusal of a location that is not defined. Wait for `locations.prepare` before. */
export function unknownLocation({ locations }: SupplyParts, { locations: ids = [] }: Origin): Refusal | null {
  const location = ids.find((id) => !locations.find(id));
  return location === undefined ? null : { reason: 'unknown_location', meta: { location } };
}

/** Reads what is available now, at each location in the order of preference. Units of overdue holds are. */
export async function suppliesOf(
  { reader, locations }: SupplyParts,
  skus: readonly string[],
  { channel, locations: ranked }: Origin,
): Promise<Supplies> {
  const selling = locations.activeFor(channel).map(({ id }) => id);
  const ids = ranked ? ranked.filter((id) => selling.includes(id)) : selling;
  const keys = [...new Set(skus.flatMap((sku) => [sku, ...ids.map((id) => stockKey(sku, id))]))];
  const units = await reader.units(keys);
  const candidateAt = (key: string): Candidate => {
    const { available = 0, onHand = 0 } = units.get(key) ?? {};
    return { key, available, onHand };
  };
  // A SKU that the shop has is always at the location main, whose stock key is the SKU.
  return new Map(skus.map((sku) => [sku, units.has(sku) ? ids.map((id) => candidateAt(stockKey(sku, id))) : null]));
}

/** Units that are wanted in addition: `min` to `want`. */
export interface Wanted {
  sku: string;
  min: number;
  want: number;
}

/** Whether more units are wanted than a SKU can have. The store does not accept such a number. */
export const isBeyondAny = ({ want }: Pick<Wanted, 'want'>): boolean => want > HOLD_QUANTITY_MAX;

/** Returns the refusal that names each SKU of which fewer units than `min` are available; null if there are enough. */
export function shortage(wanted: readonly Wanted[], supplies: Supplies): Refusal | null {
  const unknown = wanted.find(({ sku }) => supplies.get(sku) === null);
  if (unknown) return { reason: 'unknown_sku', meta: { sku: unknown.sku } };
  const lines = wanted
    .map(({ sku, min, want }) => ({ sku, min, requested: want, available: totalOf(supplies.get(sku) ?? []) }))
    .filter(({ min, available }) => available < min)
    .map(({ min: _, ...line }) => line);
  return lines.length === 0 ? null : { reason: 'insufficient_stock', meta: { lines } };
}
