import type { Refusal } from '../../../src/contract/calls/call.ts';
import type { MergeChange } from '../../../src/contract/outputs/cart-outputs.ts';
import type { Money, OrderStatus } from '../../../src/contract/output-fields.ts';
import type { Reservation } from '../../../src/contract/outputs/reservation-outputs.ts';

/**
 * A shop as the documentation describes it, in plain maps, without transactions, documents, versions and laziness.
 * Overdue holds end as soon as time passes their deadline. It shares no code with the product.
 */
export interface RefShop {
  now: number;
  skus: Map<string, RefSku>;
  holds: RefHold[];
  carts: Map<string, RefCart>;
  orders: RefOrder[];
  reservations: RefReservation[];
  /** The newest reservation that has each reference, or had it last. */
  references: Map<string, RefReservation>;
  requests: Map<string, { print: string; answer: RefAnswer }>;
}

export interface RefSku {
  onHand: number;
  sold: number;
  safetyStock: number;
  limit: number | null;
  price: Money | null;
}

export interface RefHold {
  /** The id in the product, once it was seen. */
  id: string | null;
  sku: string;
  quantity: number;
  createdAt: number;
  expiresAt: number;
  customer: string;
  counted: boolean;
  /** A committed hold has ended for everybody but its order. */
  end: 'released' | 'expired' | 'committed' | 'consumed' | null;
  inOrder: boolean;
}

export interface RefCart {
  lines: { sku: string; price: Money | null; hold: RefHold }[];
  lost: { sku: string; quantity: number; at: number }[];
  dueAt: number;
}

export interface RefOrder {
  id: string | null;
  status: OrderStatus;
  principal: string;
  cartId: string;
  customer: string;
  createdAt: number;
  payBefore: number | null;
  reference: string | null;
  total: Money | null;
  lines: RefOrderLine[];
  notRestored: { sku: string; quantity: number }[];
  forgetAt: number | null;
  isForgotten: boolean;
}

export interface RefOrderLine {
  sku: string;
  quantity: number;
  /** Null in an order that is not sold. */
  fulfilled: number | null;
  returned: number;
  price: Money | null;
  /** The customer for whom the units count, or null. */
  countedFor: string | null;
  hold: RefHold;
}

export interface RefReservation {
  id: string | null;
  reference: string;
  status: Reservation['status'];
  createdAt: number;
  expiresAt: number;
  customer: string;
  lines: RefReservedLine[];
  forgetAt: number | null;
  isForgotten: boolean;
}

export interface RefReservedLine {
  sku: string;
  quantity: number;
  fulfilled: number;
  released: number;
  /** Dispatched units that count for the customer. */
  counted: number;
  /** Null without open units. */
  hold: RefHold | null;
}

/** The answer of a call. Its content is read from the state after the call. */
export type RefAnswer =
  | { is: 'refused'; refusal: Refusal }
  | { is: 'cart'; cartId: string; granted?: number; changes?: MergeChange[] }
  | { is: 'order'; order: RefOrder }
  | { is: 'reservation'; reservation: RefReservation }
  /** The order, or a refusal that follows from its state. A repeated call reads the state again. */
  | { is: 'payment'; order: RefOrder; reference: string }
  | { is: 'level'; sku: string };

/** The caller. An operator has no cart. */
export interface RefCaller {
  principal: string;
  cartId: string | null;
  customer: string | null;
}

/** Short durations and tight bounds, so that a life of fifty calls reaches all of them. */
export const SETTINGS = {
  sellAt: 'dispatch' as const,
  holdTtlMs: 100,
  holdLifetimeMaxMs: 350,
  cartTtlMs: 250,
  paymentWindowMs: 120,
  paymentWindowMaxMs: 1_000,
  lineQuantityMax: 6,
  cartLinesMax: 2,
  orderRetentionMs: 2_000,
  /** Without a cache, a price that the other process has changed applies at once. */
  cacheMs: 0,
};

export const newShop = (now: number): RefShop => ({
  now,
  skus: new Map(),
  holds: [],
  carts: new Map(),
  orders: [],
  reservations: [],
  references: new Map(),
  requests: new Map(),
});

export const refused = (refusal: Refusal): RefAnswer => ({ is: 'refused', refusal });

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export const isHeld = (hold: RefHold): boolean => hold.end === null;

export const heldUnits = (shop: RefShop, sku: string): number =>
  sum(shop.holds.filter((hold) => isHeld(hold) && hold.sku === sku).map(({ quantity }) => quantity));

/** Returns the SKU. Throws if it does not exist. */
export function skuOf(shop: RefShop, sku: string): RefSku {
  const found = shop.skus.get(sku);
  if (!found) throw new Error(`the reference has no ${sku}`);
  return found;
}

export function available(shop: RefShop, sku: string): number {
  const { onHand, safetyStock } = skuOf(shop, sku);
  return Math.max(0, onHand - heldUnits(shop, sku) - committedUnits(shop, sku) - safetyStock);
}

export const isSold = ({ status }: RefOrder): boolean =>
  ['placed', 'partially_fulfilled', 'fulfilled'].includes(status);

/** Returns the units of a line that were sold and not dispatched. */
export const openUnits = ({ quantity, fulfilled }: RefOrderLine): number =>
  fulfilled === null ? 0 : quantity - fulfilled;

export const committedUnits = (shop: RefShop, wanted: string): number =>
  sum(shop.orders.flatMap(({ lines }) => lines.filter(({ sku }) => sku === wanted).map(openUnits))) +
  sum(committedHolds(shop, wanted).map(({ quantity }) => quantity));

/** Returns the committed holds of reservations. Those of orders are counted by their lines. */
const committedHolds = ({ reservations }: RefShop, wanted: string): RefHold[] =>
  reservations.flatMap(({ lines }) =>
    lines.flatMap(({ sku, hold }) => (sku === wanted && hold?.end === 'committed' ? hold : [])),
  );

/** Returns the units of reservations that count for a customer, except those in held holds. */
function countReserved(shop: RefShop, customer: string, wanted: string): number {
  const own = shop.reservations.filter((each) => each.customer === customer && !each.isForgotten);
  const lines = own.flatMap((each) => each.lines.filter(({ sku }) => sku === wanted));
  const committed = committedHolds(shop, wanted).filter((hold) => hold.counted && hold.customer === customer);
  return sum(lines.map(({ counted }) => counted)) + sum(committed.map(({ quantity }) => quantity));
}

/** Returns the units that count for a customer: held, and bought and not returned while the order is kept. */
export function countFor(shop: RefShop, customer: string, sku: string): number {
  const held = shop.holds.filter((hold) => isHeld(hold) && hold.counted && hold.customer === customer);
  const bought = shop.orders
    .filter((order) => isSold(order) && !order.isForgotten)
    .flatMap(({ lines }) => lines.filter(({ countedFor }) => countedFor === customer));
  return (
    sum(held.filter((hold) => hold.sku === sku).map(({ quantity }) => quantity)) +
    sum(bought.filter((line) => line.sku === sku).map(({ quantity, returned }) => quantity - returned)) +
    countReserved(shop, customer, sku)
  );
}

/** The units of a named customer always count, those of an anonymous session only under a limit. */
export const isCounted = (customer: string, limit: number | null): boolean =>
  limit !== null || customer.startsWith('customer:');

/** Returns how many of `min` to `want` additional units can be granted, or the refusal of `min`. */
export function grant(
  shop: RefShop,
  { sku, customer, min, want, uncounted = 0 }: GrantAsked,
): number | { refusal: Refusal } {
  const free = available(shop, sku);
  if (free < min) {
    const lines = [{ sku, requested: want, available: free }];
    return { refusal: { reason: 'insufficient_stock', meta: { lines } } };
  }
  const { limit } = skuOf(shop, sku);
  if (limit === null) return Math.min(want, free);
  const already = countFor(shop, customer, sku) + uncounted;
  if (limit - already < min) return { refusal: { reason: 'limit_exceeded', meta: { sku, limit, already } } };
  return Math.min(want, free, limit - already);
}

export interface GrantAsked {
  sku: string;
  customer: string;
  min: number;
  want: number;
  /** Units that the customer already holds and that begin to count now. */
  uncounted?: number;
}

/** Advances time to `now`, and ends what is overdue. */
export function passTime(shop: RefShop, now: number): void {
  shop.now = now;
  for (const hold of shop.holds) if (isHeld(hold) && hold.expiresAt <= now) hold.end = 'expired';
  for (const cart of shop.carts.values()) {
    const ended = cart.lines.filter(({ hold }) => !isHeld(hold));
    cart.lines = cart.lines.filter(({ hold }) => isHeld(hold));
    cart.lost.push(...ended.map(({ sku, hold }) => ({ sku, quantity: hold.quantity, at: hold.expiresAt })));
  }
  for (const order of shop.orders) {
    const { status, payBefore } = order;
    if (status === 'awaiting_payment' && payBefore !== null && payBefore <= now) order.status = 'expired';
  }
  for (const reservation of shop.reservations) {
    if (reservation.status !== 'reserved' || reservation.expiresAt > now) continue;
    reservation.status = 'expired';
    for (const line of reservation.lines) Object.assign(line, { released: line.quantity, hold: null });
  }
}

/** Applies the effects of a sweep: deletes overdue carts, and orders after their retention. */
export function sweep(shop: RefShop): void {
  for (const [cartId, { dueAt }] of shop.carts) if (dueAt <= shop.now) shop.carts.delete(cartId);
  for (const order of [...shop.orders, ...shop.reservations]) {
    if (order.forgetAt !== null && order.forgetAt <= shop.now) order.isForgotten = true;
    if (order.status === 'expired') order.forgetAt ??= shop.now + SETTINGS.orderRetentionMs;
  }
}

/** Applies a call once for its key. A repeated call reads the current state, and a different call is refused. */
export function once(
  shop: RefShop,
  { principal, key, print }: { principal: string; key: string | null; print: string },
  work: () => RefAnswer,
): RefAnswer {
  const id = `${principal} ${key}`;
  const known = key === null ? undefined : shop.requests.get(id);
  if (known && known.print !== print) {
    return refused({ reason: 'idempotency_mismatch', meta: { idempotencyKey: key ?? '' } });
  }
  const answer = known?.answer ?? work();
  if (key !== null && answer.is !== 'refused') shop.requests.set(id, { print, answer });
  return answer;
}
