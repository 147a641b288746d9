import { HOLD_QUANTITY_MAX } from '../../domain/limits.ts';
import type { Refusal } from '../../contract/calls/call.ts';
import type { Sourcing } from '../../contract/settings.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import { type StockByKey, sellableUnits, stockAfter } from '../stock/units/sellable-units.ts';
import { type Allotment, type Candidate, source, candidateUnits } from '../stock/supply/sourcing.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';

/** The fields of a reservation that choose the locations of its units. */
export interface ShortageOrigin {
  channel?: string | undefined;
  locations?: readonly string[] | undefined;
  sourcing?: Sourcing | undefined;
}

/** The stock that may supply a reservation, at its locations in the order of preference. */
export interface Supplies {
  locations: readonly string[];
  /** Units of overdue holds are available in it. */
  stock: StockByKey;
}

type ShortageParts = Pick<ServiceParts, 'reader' | 'locations'>;

/** Returns the refusal of a location that is not defined. Wait for `locations.prepare` before. */
export function unknownLocation({ locations }: ShortageParts, { locations: ids = [] }: ShortageOrigin): Refusal | null {
  const location = ids.find((id) => !locations.find(id));
  return location === undefined ? null : { reason: 'unknown_location', meta: { location } };
}

/** Reads the stock of SKUs at the locations that may supply a reservation. */
export async function suppliesOf(
  { reader, locations }: ShortageParts,
  skus: readonly string[],
  { channel, locations: ranked }: ShortageOrigin,
): Promise<Supplies> {
  const selling = locations.activeFor(channel).map(({ id }) => id);
  const ids = ranked ? ranked.filter((id) => selling.includes(id)) : selling;
  const keys = [...new Set(skus.flatMap((sku) => [sku, ...ids.map((id) => stockKey(sku, id))]))];
  return { locations: ids, stock: await reader.current(keys) };
}

/** Units that are wanted in addition: `min` to `want`. */
export interface Wanted {
  sku: string;
  min: number;
  want: number;
  /** The most units that the customer's limits leave. Absent: no limit is known. */
  allowed?: number | undefined;
  /** The keys of the stock from which the line has units already. */
  used?: ReadonlySet<string>;
}

/** Whether more units are wanted than a SKU can have. The store does not accept such a number. */
export const isBeyondAny = ({ want }: Pick<Wanted, 'want'>): boolean => want > HOLD_QUANTITY_MAX;

/**
 * Chooses the locations of each line from the units that the earlier lines leave, because kits and their components
 * share units. Refused: `unknown_sku`, and `insufficient_stock` with each line of which fewer units than `min` are
 * available.
 */
export function allot(
  wanted: readonly Wanted[],
  { locations, stock }: Supplies,
  sourcing: Sourcing,
): { allotments: Map<string, Allotment[]> } | { refusal: Refusal } {
  // A SKU that the shop has is always at the location main, whose stock key is the SKU.
  const unknown = wanted.find(({ sku }) => !stock.has(sku));
  if (unknown) return { refusal: { reason: 'unknown_sku', meta: { sku: unknown.sku } } };
  const allotments = new Map<string, Allotment[]>();
  const lines: { sku: string; requested: number; available: number }[] = [];
  let left = stock;
  for (const { sku, min, want, allowed = Infinity, used } of wanted) {
    const candidates = locations.map((location) => candidateAt(left, stockKey(sku, location), used));
    const available = candidateUnits(candidates);
    if (available < min) lines.push({ sku, requested: want, available });
    const units = Math.min(want, available, allowed);
    const chosen = source(candidates, { min: units, want: units }, sourcing) ?? [];
    allotments.set(sku, chosen);
    left = stockAfter(left, chosen);
  }
  return lines.length > 0 ? { refusal: { reason: 'insufficient_stock', meta: { lines } } } : { allotments };
}

function candidateAt(stock: StockByKey, key: string, used?: ReadonlySet<string>): Candidate {
  const record = stock.get(key);
  const { available, onHand } = record ? sellableUnits(record, stock) : { available: 0, onHand: 0 };
  return { key, available, onHand, isUsed: used?.has(key) ?? false };
}
