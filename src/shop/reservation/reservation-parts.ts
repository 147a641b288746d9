import type { Backorders } from '../line/line-backorders.ts';
import { locationOf, skuOf } from '../../domain/stock-keys.ts';
import type { ReservationLine } from '../../contract/outputs/reservation-outputs.ts';

/** The units of a reservation under one stock key, which are in one hold while some of them are open. */
export interface ReservationPart {
  key: string;
  /** Null without open units. */
  holdId: string | null;
  /** All units, also those that were dispatched or released. */
  quantity: number;
  fulfilled: number;
  released: number;
  /** Dispatched units that count toward the customer's limit. Absent: none. */
  counted?: number;
}

export const newPart = (key: string, quantity = 0): ReservationPart => ({
  key,
  holdId: null,
  quantity,
  fulfilled: 0,
  released: 0,
});

/** Returns the units of a part that are reserved or committed. */
export const openReservedUnits = ({ quantity, fulfilled, released }: ReservationPart): number =>
  quantity - fulfilled - released;

/** Returns the part after its open units have changed. A part without open units has no hold. */
export function withUnits(part: ReservationPart, change: Partial<ReservationPart>): ReservationPart {
  const changed = { ...part, ...change };
  return openReservedUnits(changed) > 0 ? changed : { ...changed, holdId: null };
}

/** Returns the part after all its open units were released or lost. */
export const givenBack = (part: ReservationPart): ReservationPart =>
  withUnits(part, { released: part.quantity - part.fulfilled });

/** Returns the parts of each SKU, in the order of the reservation. */
export function partsBySku(parts: readonly ReservationPart[]): Map<string, ReservationPart[]> {
  const groups = new Map<string, ReservationPart[]>();
  for (const part of parts) {
    const sku = skuOf(part.key);
    groups.set(sku, [...(groups.get(sku) ?? []), part]);
  }
  return groups;
}

const sum = (parts: readonly ReservationPart[], unitsOf: (part: ReservationPart) => number): number =>
  parts.reduce((units, part) => units + unitsOf(part), 0);

export const openOf = (parts: readonly ReservationPart[]): number => sum(parts, openReservedUnits);
export const fulfilledReservedUnits = (parts: readonly ReservationPart[]): number =>
  sum(parts, ({ fulfilled }) => fulfilled);
export const reservedUnits = (parts: readonly ReservationPart[]): number => sum(parts, ({ quantity }) => quantity);

/** Returns the lines that callers see: one for each SKU. */
export const linesOf = (parts: readonly ReservationPart[], backorders: Backorders): ReservationLine[] =>
  [...partsBySku(parts)].map(([sku, own]) => ({
    sku,
    quantity: reservedUnits(own),
    fulfilled: fulfilledReservedUnits(own),
    released: sum(own, ({ released }) => released),
    backordered: sum(own, ({ key }) => backorders.get(key) ?? 0),
    allocations: own
      .map(({ key, quantity, released }) => ({ location: locationOf(key), quantity: quantity - released }))
      .filter(({ quantity }) => quantity > 0),
  }));

/** Spreads units over the open units of parts, the first part first. Returns the units of each part that gets some. */
export function spread(parts: readonly ReservationPart[], units: number): Map<ReservationPart, number> {
  const taken = new Map<ReservationPart, number>();
  let left = units;
  for (const part of parts) {
    const some = Math.min(left, openReservedUnits(part));
    if (some > 0) taken.set(part, some);
    left -= some;
  }
  return taken;
}
