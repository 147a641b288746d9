import { stockKey } from '../../domain/stock-keys.ts';
import { isOfLine, sumOf } from '../line/line-parts.ts';
import type { BodyLine } from './order-document.ts';
import { unitsBySku } from './units-by-sku.ts';

/** A line of an input, which may name a location. */
interface Entry {
  sku: string;
  quantity: number;
  location?: string | undefined;
}

/** The units that an input means of each part of an order. */
export type PartUnits = ReadonlyMap<BodyLine, number>;

/** The first line of an input that asks for more units than its parts have. */
interface Excess {
  sku: string;
  isKnown: boolean;
  /** The units that its parts have. */
  room: number;
}

/**
 * Returns the units of each part that an input means. Those of a location come first; the others are taken from the
 * parts in their order. `roomOf` returns how many units a part has.
 */
export function unitsOfEntries(
  parts: readonly BodyLine[],
  entries: readonly Entry[],
  roomOf: (part: BodyLine) => number,
): PartUnits | Excess {
  const anywhere = [...unitsBySku(entries.filter(({ location }) => location === undefined))];
  const units = new Map<BodyLine, number>();
  for (const { sku, quantity, location } of [
    ...entries.filter((entry) => entry.location !== undefined),
    ...anywhere.map(([sku, quantity]): Entry => ({ sku, quantity })),
  ]) {
    const line = parts.filter(isOfLine(sku));
    const own = line.filter((part) => location === undefined || part.sku === stockKey(sku, location));
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

/** Returns all units that the parts have. */
export const allUnits = (parts: readonly BodyLine[], roomOf: (part: BodyLine) => number): PartUnits =>
  new Map(parts.map((part): [BodyLine, number] => [part, roomOf(part)]).filter(([, units]) => units > 0));
