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
  /** Of a kit: its components, of which `awaited` units are missing. */
  parts: KitPart[];
  createdAt: number;
  expiresAt: number;
  state: 'held' | 'sold' | 'over';
}

interface KitPart {
  sku: string;
  perKit: number;
  awaited: number;
}

/** The kit of the shop, which is sold where it has a stock of its own without units. */
export const KIT = {
  sku: 'K',
  components: [
    { sku: 'A', perKit: 1 },
    { sku: 'C', perKit: 2 },
  ],
} as const;

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

/** Units of a SKU at a location in a hold, of its own or as a component. */
export interface PromisedUnits {
  hold: PlaceHold;
  units: number;
  awaited: number;
  /** Gives awaited units to the hold. */
  fill: (units: number) => void;
}

export const promisedAt = (shop: PlaceShop, sku: string, place: string): PromisedUnits[] =>
  shop.holds
    .filter((hold) => hold.place === place && hold.state !== 'over')
    .flatMap((hold) => {
      const { units, awaited, parts } = hold;
      const fillHold = (some: number): void => {
        hold.awaited -= some;
      };
      if (hold.sku === sku) return [{ hold, units, awaited, fill: fillHold }];
      return parts
        .filter((part) => part.sku === sku)
        .map((part) => ({
          hold,
          units: units * part.perKit,
          awaited: part.awaited,
          fill: (some: number) => setAwaited(hold, part, part.awaited - some),
        }));
    });

/** A kit is awaited as long as one of its components is. */
function setAwaited(hold: PlaceHold, part: KitPart, awaited: number): void {
  part.awaited = awaited;
  hold.awaited = Math.max(...hold.parts.map((each) => Math.ceil(each.awaited / each.perKit)));
}

/** Returns the units on hand that nobody was promised; negative if more are promised than are there. */
export const freeAt = (shop: PlaceShop, sku: string, place: string): number =>
  (stockAt(shop, sku, place)?.onHand ?? 0) - sumOf(promisedAt(shop, sku, place), ({ units }) => units);

/** Returns the units that a new hold could get at a location: those on hand, and all. */
export function availableAt(shop: PlaceShop, sku: string, place: string): { onHand: number; all: number } {
  const stock = stockAt(shop, sku, place);
  if (sku === KIT.sku) {
    const kits = KIT.components.map((part) => ({ ...availableAt(shop, part.sku, place), perKit: part.perKit }));
    const most = (of: 'onHand' | 'all') => Math.min(...kits.map((part) => Math.floor(part[of] / part.perKit)));
    return stock ? { onHand: most('onHand'), all: most('all') } : { onHand: 0, all: 0 };
  }
  const { safety = 0, room = 0 } = stock ?? {};
  const free = freeAt(shop, sku, place) - safety;
  return { onHand: Math.max(0, free), all: Math.max(0, free + room) };
}

/** Gives units of a location to a hold. Those that are not on hand are awaited. */
export function giveUnits(shop: PlaceShop, hold: PlaceHold, units: number): void {
  const missingOf = (sku: string, wanted: number): number =>
    wanted - Math.min(wanted, availableAt(shop, sku, hold.place).onHand);
  if (hold.parts.length === 0) hold.awaited += missingOf(hold.sku, units);
  const missing = hold.parts.map((part) => missingOf(part.sku, units * part.perKit));
  hold.units += units;
  for (const [index, part] of hold.parts.entries()) setAwaited(hold, part, part.awaited + (missing[index] ?? 0));
}

/** Takes units from a hold, the awaited ones first. The last ones end it. */
export function takeUnits(hold: PlaceHold, units: number): void {
  hold.units -= units;
  if (hold.parts.length === 0) hold.awaited = Math.max(0, hold.awaited - units);
  for (const part of hold.parts) setAwaited(hold, part, Math.max(0, part.awaited - units * part.perKit));
  if (hold.units === 0) hold.state = 'over';
}

export function newHold(shop: PlaceShop, at: Pick<PlaceHold, 'sku' | 'place'>, life: Partial<PlaceHold>): PlaceHold {
  const parts = at.sku === KIT.sku ? KIT.components.map((part) => ({ ...part, awaited: 0 })) : [];
  const common = { id: '', units: 0, awaited: 0, parts, createdAt: shop.now };
  const endless = { expiresAt: Infinity, state: 'held' as const };
  const hold: PlaceHold = { ...common, ...endless, sku: at.sku, place: at.place, ...life };
  shop.holds.push(hold);
  return hold;
}

const olderFirst = (a: PlaceHold, b: PlaceHold): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** Gives the units on hand of a location to the holds that wait for them, the oldest first. */
export function fill(shop: PlaceShop, sku: string, place: string): void {
  const waiting = promisedAt(shop, sku, place).filter(({ awaited }) => awaited > 0);
  const there = freeAt(shop, sku, place) - (stockAt(shop, sku, place)?.safety ?? 0);
  let left = there + sumOf(waiting, ({ awaited }) => awaited);
  for (const each of waiting.toSorted(({ hold: a }, { hold: b }) => olderFirst(a, b))) {
    const units = Math.min(Math.max(0, left), each.awaited);
    each.fill(units);
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
