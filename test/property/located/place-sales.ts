import { cartOf } from './place-carts.ts';
import {
  DONE,
  fill,
  giveUnits,
  KIT,
  newHold,
  type PlaceAnswer,
  type PlaceHold,
  type PlaceOrder,
  type PlacePart,
  type PlaceReservation,
  type PlaceShop,
  refuse,
  type Shortage,
  short,
  type Sourced,
  stockFor,
  sumOf,
  takeUnits,
} from './place-shop.ts';
import { availableTo, leastPreferred, spread } from './place-sourcing.ts';

/** Orders and reservations whose units may be at several locations. */

export interface Units {
  sku: string;
  quantity: number;
  location?: string;
}

const OPEN = new Set(['reserved', 'committed', 'placed', 'partially_fulfilled']);
const isOpen = ({ status }: PlaceOrder): boolean => OPEN.has(status);

export const openOf = ({ quantity, fulfilled, released }: PlacePart): number => quantity - fulfilled - released;
const partsOf = ({ parts }: PlaceOrder, sku: string): PlacePart[] => parts.filter((part) => part.sku === sku);

export const newPart = ({ sku, place, units }: PlaceHold, hold: PlaceHold): PlacePart => ({
  sku,
  place,
  quantity: units,
  fulfilled: 0,
  released: 0,
  returned: 0,
  hold,
});

/** Takes units as new holds, or as more units of the parts of a sale. */
export function takeFor(
  shop: PlaceShop,
  sale: PlaceOrder,
  { sku, units, how, life }: { sku: string; units: number; how: Sourced; life: Partial<PlaceHold> },
): void {
  const own = partsOf(sale, sku);
  const used = own.filter((part) => openOf(part) > 0).map(({ place }) => place);
  for (const { place, units: some } of spread(shop, { sku, units, how, used })) {
    const known = own.find((part) => part.place === place);
    const hold = known?.hold ?? newHold(shop, { sku, place }, life);
    giveUnits(shop, hold, some);
    if (known) Object.assign(known, { hold, quantity: known.quantity + some });
    else sale.parts.push(newPart(hold, hold));
  }
}

/** Returns the lines of which there are too few units, with what the lines before them leave. */
export function shortages(
  shop: PlaceShop,
  sale: PlaceOrder,
  { wanted, how }: { wanted: readonly { sku: string; min: number; want: number }[]; how: Sourced },
): Shortage[] {
  const [trial, filled] = structuredClone([shop, sale]);
  return wanted.flatMap(({ sku, min, want }) => {
    const available = availableTo(trial, sku, how);
    takeFor(trial, filled, { sku, units: Math.min(want, available), how, life: {} });
    return available < min ? { sku, requested: want, available } : [];
  });
}

/** Sells the cart and `items`, which are taken as if they were added to it. */
export function placeOrder(
  shop: PlaceShop,
  who: string,
  { items, ...how }: { items: readonly Units[] } & Sourced,
): PlaceAnswer {
  const cart = cartOf(shop, who);
  if (cart.lost.some((sku) => !items.some((item) => item.sku === sku))) return refuse('hold_expired');
  if (cart.holds.length + items.length === 0) return refuse('cart_empty');
  const order: PlaceOrder = { id: '', status: 'placed', parts: cart.holds.map((hold) => newPart(hold, hold)) };
  const wanted = items.map(({ sku, quantity }) => ({ sku, min: quantity, want: quantity }));
  if (shortages(shop, order, { wanted, how }).length > 0) return refuse('insufficient_stock');
  for (const { sku, quantity } of items) takeFor(shop, order, { sku, units: quantity, how, life: {} });
  for (const { hold } of order.parts) Object.assign(hold ?? {}, { state: 'sold', expiresAt: Infinity });
  shop.carts.delete(who);
  shop.orders.push(order);
  return DONE;
}

/** Returns what leaves and arrives with a unit: itself, or the components of a kit. */
const unitsOf = (sku: string): readonly { sku: string; perKit: number }[] =>
  sku === KIT.sku ? KIT.components : [{ sku, perKit: 1 }];

function addOnHand(shop: PlaceShop, { sku, place }: { sku: string; place: string }, units: number): void {
  for (const each of unitsOf(sku)) stockFor(shop, each.sku, place).onHand += units * each.perKit;
}

/** Dispatches units. Those at the location of a line come first. Awaited units cannot leave. */
export function dispatchOf(shop: PlaceShop, sale: PlaceOrder, lines: readonly Units[] | undefined): PlaceAnswer {
  const isOrder = !('how' in sale);
  const state = isOrder ? 'order_state' : 'reservation_state';
  if (!isOpen(sale) || sale.status === 'reserved') return refuse(state);
  const wanted = lines ?? sale.parts.map((part) => ({ sku: part.sku, quantity: openOf(part), location: part.place }));
  const taken = new Map<PlacePart, number>();
  for (const { sku, quantity, location } of wanted.toSorted((a, b) => Number(!a.location) - Number(!b.location))) {
    if (partsOf(sale, sku).length === 0) return refuse('unknown_sku');
    let left = quantity;
    for (const part of partsOf(sale, sku).filter(({ place }) => location === undefined || place === location)) {
      const some = Math.min(left, openOf(part) - (taken.get(part) ?? 0));
      taken.set(part, (taken.get(part) ?? 0) + some);
      left -= some;
    }
    if (left > 0) return refuse('exceeds_unfulfilled');
  }
  const isMissing = ([{ hold }, units]: [PlacePart, number]): boolean =>
    units > 0 && hold !== null && units > hold.units - hold.awaited;
  if ([...taken].some(isMissing)) return refuse('insufficient_stock');
  for (const [part, units] of taken) {
    part.fulfilled += units;
    addOnHand(shop, part, -units);
    if (part.hold) part.hold.units -= units;
  }
  return settle(sale);
}

/** Ends the holds without units, and the sale without open units. */
function settle(sale: PlaceOrder): PlaceAnswer {
  for (const part of sale.parts) {
    if (part.hold === null || openOf(part) > 0) continue;
    part.hold.state = 'over';
    part.hold = null;
  }
  const hasLeft = sale.parts.some(({ fulfilled }) => fulfilled > 0);
  const hasOpen = sale.parts.some((part) => openOf(part) > 0);
  const isReservation = 'how' in sale;
  if (!hasOpen) sale.status = hasLeft ? 'fulfilled' : isReservation ? 'released' : 'cancelled';
  else if (sale.status !== 'reserved') {
    sale.status = hasLeft ? 'partially_fulfilled' : isReservation ? 'committed' : 'placed';
  }
  return DONE;
}

/** Sets the units of a line of an order. Without `how` it only shrinks. */
export function changeOrderLine(
  shop: PlaceShop,
  order: PlaceOrder,
  { sku, to, how }: { sku: string; to: (quantity: number) => number; how: Sourced },
): PlaceAnswer {
  if (!isOpen(order)) return refuse('order_state');
  const line = partsOf(order, sku);
  if (line.length === 0) return refuse('unknown_sku');
  const quantity = sumOf(line, (part) => part.quantity);
  const open = sumOf(line, openOf);
  const more = to(quantity) - quantity;
  if (open === 0 || open + more < 0) return refuse('exceeds_unfulfilled');
  if (more > 0) {
    if (availableTo(shop, sku, how) < more) return refuse('insufficient_stock');
    takeFor(shop, order, { sku, units: more, how, life: { state: 'sold' } });
    return settle(order);
  }
  let left = -more;
  for (const hold of leastPreferred(
    shop,
    line.flatMap((part) => part.hold ?? []),
    how,
  )) {
    const part = line.find((each) => each.hold === hold);
    const some = Math.min(left, hold.units);
    left -= some;
    takeUnits(hold, some);
    if (part) part.quantity -= some;
  }
  return settle(order);
}

interface Return {
  lines: readonly Units[];
  restock: boolean;
}

/** Units go back to the location of their line, or to those that they left. Arrived units fill backorders. */
export function returnTo(shop: PlaceShop, order: PlaceOrder, { lines, restock }: Return): PlaceAnswer {
  if (!['placed', 'partially_fulfilled', 'fulfilled'].includes(order.status)) return refuse('order_state');
  const back: { part: PlacePart; units: number; place: string }[] = [];
  const leftOf = (part: PlacePart): number =>
    part.fulfilled - part.returned - sumOf(back, (each) => (each.part === part ? each.units : 0));
  for (const { sku, quantity, location } of lines) {
    const own = partsOf(order, sku).toSorted((a, b) => Number(b.place === location) - Number(a.place === location));
    let left = quantity;
    for (const part of own) {
      const units = Math.min(left, leftOf(part));
      if (units > 0) back.push({ part, units, place: location ?? part.place });
      left -= units;
    }
    if (left > 0) return refuse('return_exceeds_sold');
  }
  for (const { part, units, place } of back) {
    part.returned += units;
    if (restock) addOnHand(shop, { sku: part.sku, place }, units);
  }
  if (restock) for (const { part, place } of back) for (const { sku } of unitsOf(part.sku)) fill(shop, sku, place);
  return DONE;
}

interface Creation extends Sourced {
  lines: readonly (Units & { mode?: 'best_effort' })[];
  ttlMs: number | null;
}

/** Each SKU is in one line. */
export function reserveFor(shop: PlaceShop, { lines, ttlMs, ...how }: Creation): PlaceAnswer {
  const reservation: PlaceReservation = { id: '', status: 'reserved', parts: [], how };
  const wanted = lines.map(({ sku, quantity: want, mode }) => ({ sku, want, min: mode === undefined ? want : 1 }));
  const missing = shortages(shop, reservation, { wanted, how });
  if (missing.length > 0) return short(...missing);
  const life = { expiresAt: ttlMs === null ? Infinity : shop.now + ttlMs };
  for (const { sku, quantity } of lines) {
    const units = Math.min(quantity, availableTo(shop, sku, how));
    takeFor(shop, reservation, { sku, units, how, life });
  }
  shop.reservations.push(reservation);
  return DONE;
}

export function commitOf(reservation: PlaceReservation): PlaceAnswer {
  if (reservation.status !== 'reserved') return refuse('reservation_state');
  reservation.status = 'committed';
  for (const { hold } of reservation.parts) if (hold) Object.assign(hold, { state: 'sold', expiresAt: Infinity });
  return DONE;
}

/** Gives units back: all, or those of lines. The last parts lose units first. */
export function releaseOf(reservation: PlaceReservation, lines: readonly Units[] | undefined): PlaceAnswer {
  if (!isOpen(reservation)) return refuse('reservation_state');
  const all = reservation.parts.map((part) => ({ sku: part.sku, quantity: openOf(part) }));
  for (const { sku, quantity } of lines ?? []) {
    const own = partsOf(reservation, sku);
    if (own.length === 0) return refuse('unknown_sku');
    if (quantity > sumOf(own, openOf)) return refuse('exceeds_unfulfilled');
  }
  for (const { sku, quantity } of lines ?? all) loseUnits(partsOf(reservation, sku), quantity, 'released');
  return settle(reservation);
}

/** Takes open units from the last parts first: as released ones, or as if they had never been in the line. */
function loseUnits(parts: readonly PlacePart[], units: number, as: 'released' | 'quantity'): void {
  let left = units;
  for (const part of parts.toReversed()) {
    const some = Math.min(left, openOf(part));
    left -= some;
    part[as] += as === 'released' ? some : -some;
    if (part.hold) takeUnits(part.hold, some);
    if (part.hold?.units === 0) part.hold = null;
  }
}

/** Sets the units of a line of a reservation. */
export function resizeOf(shop: PlaceShop, reservation: PlaceReservation, { sku, quantity }: Units): PlaceAnswer {
  if (!isOpen(reservation)) return refuse('reservation_state');
  const own = partsOf(reservation, sku);
  const more = quantity - sumOf(own, (part) => part.quantity);
  if (-more > sumOf(own, openOf)) return refuse('exceeds_unfulfilled');
  if (more === 0) return DONE;
  if (more > 0) {
    const available = availableTo(shop, sku, reservation.how);
    if (available < more) return short({ sku, requested: more, available });
    const expiresAt = reservation.parts.find(({ hold }) => hold !== null)?.hold?.expiresAt ?? Infinity;
    const state = reservation.status === 'reserved' ? 'held' : 'sold';
    takeFor(shop, reservation, { sku, units: more, how: reservation.how, life: { expiresAt, state } });
  } else loseUnits(own, -more, 'quantity');
  reservation.parts = reservation.parts.filter((part) => part.quantity > 0);
  return settle(reservation);
}
