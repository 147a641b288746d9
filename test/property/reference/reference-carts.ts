import type { AddMode } from '../../../src/contract/inputs/inputs.ts';
import type { MergeChange } from '../../../src/contract/outputs/cart-outputs.ts';
import {
  countFor,
  grant,
  heldUnits,
  isCounted,
  type RefAnswer,
  type RefCart,
  type RefHold,
  type RefShop,
  refused,
  SETTINGS,
  skuOf,
} from './reference-shop.ts';

type Line = RefCart['lines'][number];

const { cartTtlMs, cartLinesMax, holdLifetimeMaxMs, holdTtlMs, lineQuantityMax } = SETTINGS;

export const cartOf = (shop: RefShop, cartId: string): RefCart =>
  shop.carts.get(cartId) ?? { lines: [], lost: [], dueAt: shop.now + cartTtlMs };

export const lineOf = (cart: RefCart, sku: string): Line | undefined => cart.lines.find((line) => line.sku === sku);

const forget = (cart: RefCart, sku: string): void => {
  cart.lost = cart.lost.filter((line) => line.sku !== sku);
};

/** Extends a hold by its duration from now, at most to the end of its lifetime. Never shortens it. */
export const renew = (shop: RefShop, hold: RefHold): void => {
  hold.expiresAt = Math.max(hold.expiresAt, Math.min(shop.now + holdTtlMs, hold.createdAt + holdLifetimeMaxMs));
};

/** Stores a cart that its shopper has changed, or deletes it if it is empty. */
export function keepCart(shop: RefShop, cartId: string, cart: RefCart): void {
  cart.dueAt = shop.now + cartTtlMs;
  if (cart.lines.length + cart.lost.length > 0) shop.carts.set(cartId, cart);
  else shop.carts.delete(cartId);
}

export interface Shopper {
  cartId: string;
  /** The customer for whom the units count. */
  customer: string;
}

export function add(
  shop: RefShop,
  { cartId, customer }: Shopper,
  { sku, quantity, mode }: { sku: string; quantity: number; mode: AddMode },
): RefAnswer {
  if (!shop.skus.has(sku)) return refused({ reason: 'unknown_sku', meta: { sku } });
  const cart = cartOf(shop, cartId);
  const min = mode === 'exact' ? quantity : 1;
  const room = lineQuantityMax - (lineOf(cart, sku)?.hold.quantity ?? 0);
  if (room < min) return refused({ reason: 'quantity_limit', meta: { limit: lineQuantityMax } });
  return take(shop, { cartId, customer }, { sku, min, want: Math.min(quantity, room) });
}

export function setQuantity(
  shop: RefShop,
  shopper: Shopper,
  { sku, quantity }: { sku: string; quantity: number },
): RefAnswer {
  if (quantity === 0) return remove(shop, shopper, { sku });
  if (quantity > lineQuantityMax) return refused({ reason: 'quantity_limit', meta: { limit: lineQuantityMax } });
  const line = lineOf(cartOf(shop, shopper.cartId), sku);
  if (!line && !shop.skus.has(sku)) return refused({ reason: 'unknown_sku', meta: { sku } });
  const more = quantity - (line?.hold.quantity ?? 0);
  const answer = take(shop, shopper, { sku, min: more, want: more });
  return answer.is === 'refused' ? answer : { is: 'cart', cartId: shopper.cartId };
}

/** Adds `min` to `want` units to the line or to a new line. Negative numbers remove units. */
function take(
  shop: RefShop,
  { cartId, customer }: Shopper,
  { sku, min, want }: { sku: string; min: number; want: number },
): RefAnswer {
  const cart = cartOf(shop, cartId);
  const line = lineOf(cart, sku);
  if (!line && cart.lines.length >= cartLinesMax)
    return refused({ reason: 'cart_full', meta: { limit: cartLinesMax } });
  const uncounted = line && !line.hold.counted ? line.hold.quantity : 0;
  const granted = want <= 0 ? want : grant(shop, { sku, customer, min, want, uncounted });
  if (typeof granted !== 'number') return { is: 'refused', ...granted };
  const { limit, price } = skuOf(shop, sku);
  const hold = line?.hold ?? newHold(shop, sku, customer);
  if (!line) cart.lines.push({ sku, price, hold });
  // Added units change the whole line to the current price.
  if (line && granted > 0) line.price = price;
  hold.quantity += granted;
  if (granted !== 0) hold.counted ||= isCounted(customer, limit);
  renew(shop, hold);
  forget(cart, sku);
  keepCart(shop, cartId, cart);
  return { is: 'cart', cartId, granted };
}

export function newHold(shop: RefShop, sku: string, customer: string): RefHold {
  const { now: createdAt } = shop;
  const common = { id: null, sku, quantity: 0, createdAt, expiresAt: 0, customer };
  const hold: RefHold = { ...common, counted: false, end: null, inOrder: false };
  shop.holds.push(hold);
  return hold;
}

export function remove(shop: RefShop, { cartId }: Shopper, { sku }: { sku: string }): RefAnswer {
  const cart = cartOf(shop, cartId);
  const line = lineOf(cart, sku);
  if (line) line.hold.end = 'released';
  if (!line && !cart.lost.some((lost) => lost.sku === sku)) return { is: 'cart', cartId };
  cart.lines = cart.lines.filter((each) => each !== line);
  forget(cart, sku);
  keepCart(shop, cartId, cart);
  return { is: 'cart', cartId };
}

export function clear(shop: RefShop, { cartId }: Shopper): RefAnswer {
  for (const { hold } of cartOf(shop, cartId).lines) hold.end = 'released';
  shop.carts.delete(cartId);
  return { is: 'cart', cartId };
}

export function extend(shop: RefShop, { cartId }: Shopper): RefAnswer {
  const cart = cartOf(shop, cartId);
  for (const { hold } of cart.lines) renew(shop, hold);
  if (cart.lines.length > 0) keepCart(shop, cartId, cart);
  return { is: 'cart', cartId };
}

/** Moves the lines of another cart into the shopper's, as far as they fit. */
export function merge(shop: RefShop, shopper: Shopper, from: { cartId: string }): RefAnswer {
  const { cartId } = shopper;
  const other = shop.carts.get(from.cartId);
  if (!other) return { is: 'cart', cartId, changes: [] };
  const cart = cartOf(shop, cartId);
  const changes: MergeChange[] = other.lost.map(({ sku, quantity }) => {
    const to = lineOf(cart, sku)?.hold.quantity ?? 0;
    return { sku, from: to + quantity, to, reason: 'expired' };
  });
  shop.carts.delete(from.cartId);
  for (const coming of other.lines) changes.push(...join(shop, shopper, cart, coming));
  keepCart(shop, cartId, cart);
  return { is: 'cart', cartId, changes };
}

/** Joins two holds of one SKU. The older hold continues. */
function join(shop: RefShop, { customer }: Shopper, cart: RefCart, coming: Line): MergeChange[] {
  const present = lineOf(cart, coming.sku);
  const own = present?.hold.quantity ?? 0;
  const { units, changes } = clamp(shop, customer, cart, coming);
  if (units === own) {
    coming.hold.end = 'released';
    return changes;
  }
  forget(cart, coming.sku);
  const line = fold(present, coming, skuOf(shop, coming.sku).price);
  if (!present) cart.lines.push(line);
  const { limit } = skuOf(shop, coming.sku);
  const { hold } = line;
  if (hold.customer !== customer) hold.counted = isCounted(customer, limit);
  else if (units !== hold.quantity) hold.counted ||= isCounted(customer, limit);
  hold.customer = customer;
  hold.quantity = units;
  renew(shop, hold);
  return changes;
}

/**
 * Joins two lines of a SKU. The result continues with the older hold, and the other hold ends. If the prices differ,
 * the result has the current price of the SKU.
 */
export function fold(present: Line | undefined, coming: Line, priceNow: Line['price']): Line {
  if (!present) return { ...coming };
  const [older, younger] =
    coming.hold.createdAt < present.hold.createdAt ? [coming.hold, present.hold] : [present.hold, coming.hold];
  younger.end = 'released';
  present.hold = older;
  if (JSON.stringify(present.price) !== JSON.stringify(coming.price)) present.price = priceNow;
  return present;
}

function clamp(
  shop: RefShop,
  customer: string,
  cart: RefCart,
  { sku, hold }: Line,
): { units: number; changes: MergeChange[] } {
  const present = lineOf(cart, sku)?.hold;
  const own = present?.quantity ?? 0;
  const changes: MergeChange[] = [];
  let units = own + hold.quantity;
  for (const [reason, cap] of capsOf(shop, customer, { cart, sku, hold, present })) {
    const to = Math.max(own, Math.min(units, cap));
    if (to < units) changes.push({ sku, from: units, to, reason });
    units = to;
  }
  return { units, changes };
}

function capsOf(
  shop: RefShop,
  customer: string,
  { cart, sku, hold, present }: { cart: RefCart; sku: string; hold: RefHold; present: RefHold | undefined },
): [MergeChange['reason'], number][] {
  const own = present?.quantity ?? 0;
  const caps: [MergeChange['reason'], number][] = [
    ['cart_full', !present && cart.lines.length >= cartLinesMax ? 0 : Number.POSITIVE_INFINITY],
    ['line_maximum', lineQuantityMax],
  ];
  // The units of a hold that keeps its customer are already granted. Only a line that grows needs more.
  if (!present && hold.customer === customer) return caps;
  const ownCounted = present?.counted ? own : 0;
  const comingCounted = hold.customer === customer && hold.counted ? hold.quantity : 0;
  const { limit } = skuOf(shop, sku);
  const elsewhere = countFor(shop, customer, sku) - ownCounted - comingCounted;
  const byLimit: [MergeChange['reason'], number] = ['limit', (limit ?? Number.POSITIVE_INFINITY) - elsewhere];
  if (!present) return [...caps, byLimit];
  const { onHand, safetyStock } = skuOf(shop, sku);
  const [older, younger] = hold.createdAt < present.createdAt ? [hold, present] : [present, hold];
  const freeOnceFolded = Math.max(0, onHand - safetyStock - (heldUnits(shop, sku) - younger.quantity));
  return [...caps, byLimit, ['stock', older.quantity + freeOnceFolded]];
}
