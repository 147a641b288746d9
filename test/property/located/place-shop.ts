/**
 * A shop with several locations and with backorders, as the documentation describes it: plain lists, without
 * transactions and documents. It shares no code with the product. Overdue holds end as soon as time passes their
 * deadline.
 */
export interface PlaceShop {
  now: number;
  places: Place[];
  stock: PlaceStock[];
  holds: PlaceHold[];
  /** The lines of each cart, by the name of its shopper. */
  carts: Map<string, PlaceCart>;
  orders: PlaceOrder[];
  reservations: PlaceReservation[];
  transfers: PlaceTransfer[];
}

export interface Place {
  id: string;
  priority: number;
  active: boolean;
  channels: readonly string[] | null;
}

/** A SKU at a location that has, or had, units of it. */
export interface PlaceStock {
  sku: string;
  place: string;
  onHand: number;
  safety: number;
  /** The most units that may be sold beyond those on hand. */
  room: number;
}

export interface PlaceHold {
  /** The id in the product, where it decides which of two holds of one millisecond is the older one. */
  id: string;
  sku: string;
  place: string;
  units: number;
  /** Units that are not on hand yet. */
  awaited: number;
  createdAt: number;
  expiresAt: number;
  state: 'held' | 'sold' | 'over';
}

export interface PlaceCart {
  /** Live holds, in the order in which the cart got them. */
  holds: PlaceHold[];
  /** SKUs of which units were lost, and that the shopper has not changed since. */
  lost: string[];
}

/** Units of a SKU at a location, in an order or a reservation. */
export interface PlacePart {
  sku: string;
  place: string;
  quantity: number;
  fulfilled: number;
  /** Of a reservation. */
  released: number;
  /** Of an order. */
  returned: number;
  hold: PlaceHold | null;
}

export interface PlaceOrder {
  id: string;
  status: string;
  /** The end of the payment window of an order that awaits payment. */
  payBefore?: number;
  parts: PlacePart[];
}

export interface PlaceReservation extends PlaceOrder {
  how: Sourced;
}

export interface PlaceTransfer {
  id: string;
  status: string;
  from: string;
  to: string;
  lines: { sku: string; quantity: number; received: number; lost: number }[];
}

/** What a call says about locations. */
export interface Sourced {
  channel?: 'web' | 'pos';
  locations?: readonly string[];
  sourcing?: 'priority' | 'fewest_parcels';
}

/** The answer of a call: a refusal, or the shop after it. */
export type PlaceAnswer = { refused: string; lines?: Shortage[] } | { done: true; granted?: number };
export interface Shortage {
  sku: string;
  requested: number;
  available: number;
}

export const DONE: PlaceAnswer = { done: true };
export const refuse = (refused: string): PlaceAnswer => ({ refused });
export const short = (...lines: Shortage[]): PlaceAnswer => ({ refused: 'insufficient_stock', lines });

export const sumOf = <T>(all: readonly T[], unitsOf: (one: T) => number): number =>
  all.reduce((sum, one) => sum + unitsOf(one), 0);

export const holdsAt = (shop: PlaceShop, sku: string, place: string): PlaceHold[] =>
  shop.holds.filter((hold) => hold.sku === sku && hold.place === place && hold.state !== 'over');

export const stockAt = (shop: PlaceShop, sku: string, place: string): PlaceStock | undefined =>
  shop.stock.find((each) => each.sku === sku && each.place === place);

/** Returns the stock of a SKU at a location, which gets a record of it with its first units. */
export function stockFor(shop: PlaceShop, sku: string, place: string): PlaceStock {
  const known = stockAt(shop, sku, place);
  if (known) return known;
  const added = { sku, place, onHand: 0, safety: 0, room: 0 };
  shop.stock.push(added);
  return added;
}

/** Returns the units on hand that nobody was promised; negative if more are promised than are there. */
export const freeAt = (shop: PlaceShop, sku: string, place: string): number =>
  (stockAt(shop, sku, place)?.onHand ?? 0) - sumOf(holdsAt(shop, sku, place), ({ units }) => units);

/** Returns the units that a new hold could get at a location: those on hand, and all. */
export function availableAt(shop: PlaceShop, sku: string, place: string): { onHand: number; all: number } {
  const { safety = 0, room = 0 } = stockAt(shop, sku, place) ?? {};
  const free = freeAt(shop, sku, place) - safety;
  return { onHand: Math.max(0, free), all: Math.max(0, free + room) };
}

/** Gives units of a location to a hold. Those that are not on hand are awaited. */
export function giveUnits(shop: PlaceShop, hold: PlaceHold, units: number): void {
  const { onHand } = availableAt(shop, hold.sku, hold.place);
  hold.awaited += units - Math.min(units, onHand);
  hold.units += units;
}

/** Takes units from a hold, the awaited ones first. The last ones end it. */
export function takeUnits(hold: PlaceHold, units: number): void {
  hold.units -= units;
  hold.awaited = Math.max(0, hold.awaited - units);
  if (hold.units === 0) hold.state = 'over';
}

export function newHold(shop: PlaceShop, at: Pick<PlaceHold, 'sku' | 'place'>, life: Partial<PlaceHold>): PlaceHold {
  const common = { id: '', units: 0, awaited: 0, createdAt: shop.now, expiresAt: Infinity, state: 'held' as const };
  const hold: PlaceHold = { ...common, sku: at.sku, place: at.place, ...life };
  shop.holds.push(hold);
  return hold;
}

const olderFirst = (a: PlaceHold, b: PlaceHold): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** Gives the units on hand of a location to the holds that wait for them, the oldest first. */
export function fill(shop: PlaceShop, sku: string, place: string): void {
  const waiting = holdsAt(shop, sku, place).filter(({ awaited }) => awaited > 0);
  const there = freeAt(shop, sku, place) - (stockAt(shop, sku, place)?.safety ?? 0);
  let left = there + sumOf(waiting, ({ awaited }) => awaited);
  for (const hold of waiting.toSorted(olderFirst)) {
    const units = Math.min(Math.max(0, left), hold.awaited);
    hold.awaited -= units;
    left -= units;
  }
}

export const byPriority = (shop: PlaceShop): Place[] =>
  shop.places.toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));

/** Advances time, and ends what is overdue. */
export function passTime(shop: PlaceShop, now: number): void {
  shop.now = now;
  const overdue = shop.holds.filter(({ state, expiresAt }) => state === 'held' && expiresAt <= now);
  for (const hold of overdue) hold.state = 'over';
  for (const cart of shop.carts.values()) {
    cart.lost.push(...cart.holds.filter(({ state }) => state === 'over').map(({ sku }) => sku));
    cart.holds = cart.holds.filter(({ state }) => state === 'held');
  }
  for (const order of shop.orders) {
    if (order.status === 'awaiting_payment' && (order.payBefore ?? Infinity) <= now) order.status = 'expired';
  }
  for (const reservation of shop.reservations) {
    if (!reservation.parts.some(({ hold }) => hold !== null && overdue.includes(hold))) continue;
    reservation.status = 'expired';
    for (const part of reservation.parts) {
      part.released = part.quantity - part.fulfilled;
      part.hold = null;
    }
  }
}
