import { skuOf, stockKey } from '../../../domain/stock-keys.ts';
import type { Refusal } from '../../../contract/calls/call.ts';
import { sumOf } from '../../line/line-parts.ts';
import { unitsBySku } from './units-by-sku.ts';

/** A line of an input, which may name a location. */
interface RequestedUnits {
  sku: string;
  quantity: number;
  location?: string | undefined;
}

/** The units of each part of an order or of a reservation to which an input applies. */
export type PartUnits<P> = ReadonlyMap<P, number>;

/** Functions that return the stock key of a part, and the most units of it to which an input may apply. */
interface Room<P> {
  keyOf: (part: P) => string;
  roomOf: (part: P) => number;
}

/** The first line of an input with more units than its parts have. */
interface Excess {
  sku: string;
  isKnown: boolean;
  /** The units that its parts have. */
  room: number;
}

/**
 * Returns the units of each part to which an input applies. Lines with a location come first; the units of the others
 * are taken from the parts in their order.
 */
export function unitsOfEntries<P>(
  parts: readonly P[],
  entries: readonly RequestedUnits[],
  { keyOf, roomOf }: Room<P>,
): PartUnits<P> | Excess {
  const anywhere = [...unitsBySku(entries.filter(({ location }) => location === undefined))];
  const units = new Map<P, number>();
  for (const { sku, quantity, location } of [
    ...entries.filter((entry) => entry.location !== undefined),
    ...anywhere.map(([sku, quantity]): RequestedUnits => ({ sku, quantity })),
  ]) {
    const line = parts.filter((part) => skuOf(keyOf(part)) === sku);
    const own = line.filter((part) => location === undefined || keyOf(part) === stockKey(sku, location));
    let left = quantity;
    for (const part of own) {
      const taken = Math.min(left, roomOf(part) - (units.get(part) ?? 0));
      if (taken <= 0) continue;
      left -= taken;
      units.set(part, (units.get(part) ?? 0) + taken);
    }
    if (left > 0) return { sku, isKnown: line.length > 0, room: sumOf(own, roomOf) };
  }
  return units;
}

/** Returns the refusal to dispatch or release more units than are open. */
export const refuseExcess = ({ sku, isKnown, room: unfulfilled }: Excess): Refusal =>
  isKnown ? { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } } : { reason: 'unknown_sku', meta: { sku } };

/** Returns all units that the parts have. */
export const allUnits = <P>(parts: readonly P[], roomOf: (part: P) => number): PartUnits<P> =>
  new Map(parts.map((part): [P, number] => [part, roomOf(part)]).filter(([, units]) => units > 0));
