import { isDeepStrictEqual } from 'node:util';
import type { Cart } from '../../../src/contract/outputs/cart-outputs.ts';
import type { Result } from '../../../src/contract/calls/call.ts';
import type { Order } from '../../../src/contract/outputs/order-outputs.ts';
import type { Reservation } from '../../../src/contract/outputs/reservation-outputs.ts';
import type { LocationLevel, StockLevel } from '../../../src/contract/outputs/stock-outputs.ts';
import type { Transfer } from '../../../src/contract/outputs/transfer-outputs.ts';
import {
  availableAt,
  byPriority,
  KIT,
  type PlaceAnswer,
  type PlaceHold,
  type PlaceOrder,
  type PlacePart,
  type PlaceReservation,
  type PlaceShop,
  type PlaceTransfer,
  promisedAt,
  stockAt,
  sumOf,
} from './place-shop.ts';

/** The forms in which the product and the reference are compared. */

const COUNTS = ['onHand', 'reserved', 'committed', 'backordered', 'available'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;
const countsIn = (counts: Counts): Counts => {
  const { onHand, reserved, committed, backordered, available } = counts;
  return { onHand, reserved, committed, backordered, available };
};

function expectedPlace(shop: PlaceShop, sku: string, { id, active }: { id: string; active: boolean }) {
  const stock = stockAt(shop, sku, id);
  if (!stock) return [];
  const promised = promisedAt(shop, sku, id);
  const unitsIn = (state: string) => sumOf(promised, ({ hold, units }) => (hold.state === state ? units : 0));
  const backordered = sumOf(promised, ({ awaited }) => awaited);
  const assembled = unitsIn('held') + unitsIn('sold') - backordered;
  return {
    location: id,
    onHand: sku === KIT.sku ? assembled : stock.onHand,
    reserved: unitsIn('held'),
    committed: unitsIn('sold'),
    backordered,
    available: active ? availableAt(shop, sku, id).all : 0,
    safety: stock.safety,
    room: stock.room,
  };
}

export function expectedLevel(shop: PlaceShop, sku: string) {
  const locations = byPriority(shop).flatMap((place) => expectedPlace(shop, sku, place));
  const sums = Object.fromEntries(COUNTS.map((name) => [name, sumOf(locations, (each) => each[name])]));
  return { sku, ...sums, locations };
}

const observedPlace = ({ location, safetyStock, backorderLimit = 0, ...counts }: LocationLevel) => ({
  location,
  ...countsIn(counts),
  safety: safetyStock,
  room: backorderLimit,
});

export const observedLevel = ({ sku, locations = [], ...counts }: StockLevel) => ({
  sku,
  ...countsIn(counts),
  locations: locations.map(observedPlace),
});

const group = <T extends { sku: string }>(all: readonly T[]): [string, T[]][] =>
  [...new Set(all.map(({ sku }) => sku))].map((sku) => [sku, all.filter((each) => each.sku === sku)]);

export function expectedCart(shop: PlaceShop, who: string) {
  const { holds, lost } = shop.carts.get(who) ?? { holds: [], lost: [] };
  return {
    lost: [...new Set(lost)].sort(),
    lines: group<PlaceHold>(holds).map(([sku, own]) => ({
      sku,
      quantity: sumOf(own, ({ units }) => units),
      backordered: sumOf(own, ({ awaited }) => awaited),
      expiresAt: Math.min(...own.map(({ expiresAt }) => expiresAt)),
      allocations: own.map(({ place, units }) => ({ location: place, quantity: units })),
    })),
  };
}

export const observedCart = ({ expired, lines }: Cart) => ({
  lost: [...new Set(expired.map(({ sku }) => sku))].sort(),
  lines: lines.map(({ sku, quantity, backordered = 0, expiresAt, allocations }) => ({
    sku,
    quantity,
    backordered,
    expiresAt,
    allocations,
  })),
});

const expectedLines = (parts: readonly PlacePart[], ended: 'returned' | 'released') =>
  group(parts).map(([sku, own]) => ({
    sku,
    quantity: sumOf(own, ({ quantity }) => quantity),
    fulfilled: sumOf(own, ({ fulfilled }) => fulfilled),
    [ended]: sumOf(own, (part) => part[ended]),
    backordered: sumOf(own, ({ hold }) => (hold && hold.state !== 'over' ? hold.awaited : 0)),
    allocations: own
      .map(({ place, quantity, released }) => ({ location: place, quantity: quantity - released }))
      .filter(({ quantity }) => quantity > 0),
  }));

export const expectedOrder = ({ status, parts }: PlaceOrder) => ({ status, lines: expectedLines(parts, 'returned') });
export const observedOrder = ({ status, lines }: Order) => ({
  status,
  lines: lines.map(({ sku, quantity, fulfilled = 0, returned, backordered = 0, allocations }) => ({
    sku,
    quantity,
    fulfilled,
    returned,
    backordered,
    allocations,
  })),
});

export const expectedReservation = ({ status, parts }: PlaceReservation) => ({
  status,
  lines: expectedLines(parts, 'released'),
});
export const observedReservation = ({ status, lines }: Reservation) => ({
  status,
  lines: lines.map(({ sku, quantity, fulfilled, released, backordered, allocations }) => ({
    sku,
    quantity,
    fulfilled,
    released,
    backordered,
    allocations,
  })),
});

export const expectedTransfer = ({ status, from, to, lines }: PlaceTransfer) => ({ status, from, to, lines });
export const observedTransfer = ({ status, from, to, lines }: Transfer) => ({ status, from, to, lines });

/** Returns what an answer says without the state after it. `lines` are compared where the reference has them. */
export function isExpected(result: Result<unknown>, answer: PlaceAnswer): boolean {
  if ('done' in answer) {
    const { granted } = (result.ok ? result.value : {}) as { granted?: number };
    return result.ok && (answer.granted === undefined || granted === answer.granted);
  }
  if (result.ok || result.refusal.reason !== answer.refused) return false;
  if (answer.lines === undefined || result.refusal.reason !== 'insufficient_stock') return true;
  return isDeepStrictEqual(result.refusal.meta.lines, answer.lines);
}
