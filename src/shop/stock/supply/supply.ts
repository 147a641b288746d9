import type { StockRecord } from '../../../domain/records.ts';
import { stockKey } from '../../../domain/stock-keys.ts';
import { assertReadable, type Refusal } from '../../../contract/calls/call.ts';
import type { Settings, Sourcing } from '../../../contract/settings.ts';
import type { Snapshot } from '../../../store/store.ts';
import type { BegunCall } from '../../../transact/begun-call.ts';
import type { ShopLocations } from '../../location/shop-locations.ts';
import type { ServiceParts } from './service-parts.ts';
import { currentStock, sellableUnits } from '../units/sellable-units.ts';
import type { Candidate } from './sourcing.ts';

/** The fields of a call that choose the locations of its units. */
export interface SourcingInput {
  channel?: string | undefined;
  locations?: readonly string[] | undefined;
  sourcing?: Sourcing | undefined;
}

/** The locations that may supply the units of a call, in the order of preference, and how they are chosen. */
export interface Supply {
  locations: readonly string[];
  sourcing: Sourcing;
}

/**
 * Reads the locations again if they may be out of date, or if a call names one that this process does not know. Returns
 * null if no read is needed. Rejects like `locations.prepare`.
 */
export const prepareSupply = (
  locations: ShopLocations,
  { locations: ranked }: SourcingInput = {},
): Promise<unknown> | null => (ranked ? Promise.all(ranked.map((id) => locations.named(id))) : locations.prepare());

/** Prepares the supply of a call within its deadline. */
export async function prepareSupplyInTime(
  { locations, transactor }: Pick<ServiceParts, 'locations' | 'transactor'>,
  input: SourcingInput,
  call: BegunCall,
): Promise<void> {
  const waiting = prepareSupply(locations, input);
  if (waiting) await transactor.waits.before(call, waiting);
}

/**
 * Returns the locations that may supply the units of a call; null if the shop has `main` alone. Wait for
 * `prepareSupply` before. Refused: `unknown_location`.
 */
export function supplyOf(
  locations: ShopLocations,
  { channel, locations: ranked, sourcing }: SourcingInput,
  settings: Pick<Settings, 'sourcing'>,
): Supply | null | { refusal: Refusal } {
  const unknown = ranked?.find((id) => !locations.find(id));
  if (unknown !== undefined) return { refusal: { reason: 'unknown_location', meta: { location: unknown } } };
  if (!locations.several) return null;
  const selling = locations.activeFor(channel).map(({ id }) => id);
  return {
    locations: ranked ? ranked.filter((id) => selling.includes(id)) : selling,
    sourcing: sourcing ?? settings.sourcing,
  };
}

/** Returns the supply of a call that does not choose locations. */
export function sellingSupply(locations: ShopLocations, settings: Pick<Settings, 'sourcing'>): Supply | null {
  if (!locations.several) return null;
  return { locations: locations.activeFor().map(({ id }) => id), sourcing: settings.sourcing };
}

/** The stock of a SKU at all its locations, in one snapshot. */
export interface SourceStock {
  records: readonly StockRecord[];
  /** Returns the units that a new hold could get at a location. Those of overdue holds are among them. */
  availableAt: (key: string) => number;
  /** Returns the units on hand that a new hold could get at a location. */
  onHandAt: (key: string) => number;
  /** Returns the units on hand at all locations but one. */
  onHandElsewhere: (key: string) => number;
}

/**
 * Returns the stock of a SKU in a snapshot that has all its keys, and those of its components if it is a kit. Throws
 * `ServiceFailure` for a damaged record.
 */
export function sourceStockIn(view: Snapshot, keys: readonly string[]): SourceStock {
  for (const key of keys) assertReadable(view, `stock:${key}`);
  // Too many overdue holds to sum them up: the store refuses the step if their units are not enough.
  const stock = currentStock(view, ({ sku, reserved }) => (view.behind.includes(sku) ? reserved : 0));
  const found = new Map(
    view.stock.flatMap((record) => {
      const current = record && keys.includes(record.sku) ? stock.get(record.sku) : undefined;
      return record && current ? [[record.sku, { record, ...sellableUnits(current, stock) }] as const] : [];
    }),
  );
  const records = [...found.values()].map(({ record }) => record);
  const onHand = records.reduce((sum, record) => sum + record.onHand, 0);
  return {
    records,
    availableAt: (key) => found.get(key)?.available ?? 0,
    onHandAt: (key) => found.get(key)?.onHand ?? 0,
    onHandElsewhere: (key) => onHand - (found.get(key)?.record.onHand ?? 0),
  };
}

/** Returns the locations that may supply units of a SKU. The line has units already at the keys of `used`. */
export const candidatesOf = (
  sku: string,
  { locations }: Supply,
  stock: Pick<SourceStock, 'availableAt' | 'onHandAt'>,
  used: readonly string[] = [],
): Candidate[] =>
  locations.map((location) => {
    const key = stockKey(sku, location);
    return { key, available: stock.availableAt(key), onHand: stock.onHandAt(key), isUsed: used.includes(key) };
  });

/**
 * Returns the parts in the order in which their units are released: with the fewest parcels the smallest parts first,
 * else those of the least preferred locations. `preferred`: the locations that may supply the line, the first ones
 * first. Others come after them, by their priority in `all`.
 */
export function leastPreferredFirst<P extends { sku: string }>(
  parts: readonly P[],
  {
    line,
    preferred,
    all,
    sourcing,
    unitsOf,
  }: {
    line: string;
    preferred: readonly string[];
    all: readonly string[];
    sourcing: Sourcing;
    unitsOf: (part: P) => number;
  },
): P[] {
  const keys = [...new Set([...preferred, ...all])].map((location) => stockKey(line, location));
  const rank = ({ sku }: P): number => (keys.includes(sku) ? keys.indexOf(sku) : keys.length);
  const bySize = sourcing === 'fewest_parcels';
  return parts.toSorted((a, b) => (bySize ? unitsOf(a) - unitsOf(b) : 0) || rank(b) - rank(a));
}

/** Distributes `units` over parts, in their order and each up to its units. Returns the parts that get some. */
export function spreadUnits<P>(parts: readonly P[], units: number, roomOf: (part: P) => number): Map<P, number> {
  const spread = new Map<P, number>();
  let left = units;
  for (const part of parts) {
    const some = Math.min(left, roomOf(part));
    if (some > 0) spread.set(part, some);
    left -= Math.max(0, some);
  }
  return spread;
}
