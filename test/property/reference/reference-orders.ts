import type { Money, OrderStatus } from '../../../src/contract/output-fields.ts';
import { cartOf, fold, keepCart, lineOf, renew } from './reference-carts.ts';
import {
  committedUnits,
  countFor,
  grant,
  isCounted,
  isHeld,
  isSold,
  openUnits,
  type RefAnswer,
  type RefCaller,
  type RefHold,
  type RefOrder,
  type RefOrderLine,
  type RefShop,
  refused,
  SETTINGS,
  skuOf,
} from './reference-shop.ts';

const { cartLinesMax, holdLifetimeMaxMs, holdTtlMs, lineQuantityMax, orderRetentionMs, paymentWindowMs } = SETTINGS;

/** Returns null if a price is missing or currencies differ. */
export function totalOf(lines: readonly { quantity: number; price: Money | null }[]): Money | null {
  const currencies = new Set(lines.map(({ price }) => price?.currency ?? null));
  const [currency] = currencies;
  if (currencies.size !== 1 || !currency) return null;
  return { amount: lines.reduce((sum, { quantity, price }) => sum + quantity * (price?.amount ?? 0), 0), currency };
}

export type Checkout = { caller: RefCaller & { cartId: string }; expectedTotal?: Money | undefined };

/** Sells the cart at once, or pins its holds for `windowMs`. */
export function checkOut(shop: RefShop, { caller, expectedTotal }: Checkout, windowMs: number | null): RefAnswer {
  const { cartId, principal, customer } = caller;
  const { lines, lost } = cartOf(shop, cartId);
  if (lost.length > 0) return refused({ reason: 'hold_expired', meta: { lines: lost } });
  if (lines.length === 0) return refused({ reason: 'cart_empty', meta: { lines: [] } });
  const bought: RefOrderLine[] = lines.map(({ sku, price, hold }) => {
    const { quantity, counted } = hold;
    return { sku, quantity, fulfilled: null, returned: 0, price, countedFor: counted ? hold.customer : null, hold };
  });
  const total = totalOf(bought);
  if (expectedTotal && JSON.stringify(expectedTotal) !== JSON.stringify(total)) {
    return refused({ reason: 'cart_changed', meta: { expectedTotal, total } });
  }
  const payBefore = windowMs === null ? null : shop.now + Math.min(windowMs, holdLifetimeMaxMs);
  const isPlaced = windowMs === null;
  const order: RefOrder = {
    id: null,
    status: isPlaced ? 'placed' : 'awaiting_payment',
    principal,
    cartId,
    customer: customer ?? `cart:${cartId}`,
    createdAt: shop.now,
    payBefore,
    reference: null,
    total,
    lines: bought,
    notRestored: [],
    forgetAt: null,
    isForgotten: false,
  };
  shop.orders.push(order);
  shop.carts.delete(cartId);
  for (const line of bought) {
    line.hold.inOrder = true;
    if (payBefore === null) sell(shop, line);
    else line.hold.expiresAt = payBefore;
  }
  return { is: 'order', order };
}

export const place = (shop: RefShop, checkout: Checkout): RefAnswer => checkOut(shop, checkout, null);
export const begin = (shop: RefShop, checkout: Checkout & { windowMs?: number | undefined }): RefAnswer =>
  checkOut(shop, checkout, checkout.windowMs ?? paymentWindowMs);

function sell(shop: RefShop, line: RefOrderLine): void {
  const { sku, quantity } = line;
  const stock = skuOf(shop, sku);
  stock.sold += quantity;
  line.fulfilled = 0;
  line.hold.end = 'committed';
}

const orderState = (order: RefOrder): RefAnswer =>
  refused({ reason: 'order_state', meta: { orderId: order.id ?? '', status: order.status } });

/** Returns the answer of a finished order to a payment. */
export function paymentAnswer(order: RefOrder, reference: string): RefAnswer {
  if (order.reference === reference && isSold(order)) return { is: 'order', order };
  if (order.reference === reference && order.status === 'refund_due') {
    return refused({ reason: 'payment_too_late', meta: { orderId: order.id ?? '' } });
  }
  return orderState(order);
}

const isPayable = ({ status }: RefOrder): boolean => status === 'awaiting_payment' || status === 'expired';

/** Confirms a payment. In time, it sells the pinned holds. Late, it sells if all lapsed lines are available again. */
export function confirm(shop: RefShop, order: RefOrder, reference: string): RefAnswer {
  if (!isPayable(order)) {
    const answer = paymentAnswer(order, reference);
    return answer.is === 'refused' ? answer : { is: 'payment', order, reference };
  }
  const lapsed = order.lines.filter(({ hold }) => !isHeld(hold));
  const isThere = lapsed.every(({ sku, quantity }) => {
    const asked = { sku, customer: order.customer, min: quantity, want: quantity };
    return typeof grant(shop, asked) === 'number';
  });
  order.reference = reference;
  order.forgetAt = isThere ? null : shop.now + orderRetentionMs;
  order.status = isThere ? 'placed' : 'refund_due';
  for (const line of order.lines) {
    const isLapsed = lapsed.includes(line);
    if (isThere && isLapsed) takeAnew(shop, order, line);
    if (isThere) sell(shop, line);
    else if (!isLapsed) line.hold.end = 'released';
  }
  return { is: 'payment', order, reference };
}

/** Sells another hold instead of an expired one, which is never revived. */
function takeAnew(shop: RefShop, { customer }: RefOrder, line: RefOrderLine): void {
  line.countedFor = isCounted(customer, skuOf(shop, line.sku).limit) ? customer : null;
  line.hold = { ...line.hold, id: null };
}

/** Expires an order early because its payment has failed. */
export function lapse(shop: RefShop, order: RefOrder): RefAnswer {
  if (order.status !== 'awaiting_payment') {
    // An order that is already overdue is only recorded as expired.
    if (order.status === 'expired') order.forgetAt ??= shop.now + orderRetentionMs;
    return { is: 'order', order };
  }
  for (const { hold } of order.lines) hold.end = 'released';
  order.status = 'expired';
  order.forgetAt = shop.now + orderRetentionMs;
  return { is: 'order', order };
}

export function cancel(shop: RefShop, order: RefOrder, restoreCart: boolean): RefAnswer {
  if (order.status === 'cancelled') return { is: 'order', order };
  if (order.status !== 'awaiting_payment') return orderState(order);
  order.status = 'cancelled' satisfies OrderStatus;
  order.forgetAt = shop.now + orderRetentionMs;
  if (!restoreCart) {
    for (const { hold } of order.lines) hold.end = 'released';
    return { is: 'order', order };
  }
  const cart = cartOf(shop, order.cartId);
  for (const line of order.lines) {
    const left = giveBack(shop, order, line);
    if (left > 0) order.notRestored.push({ sku: line.sku, quantity: left });
  }
  const after = shop.carts.get(order.cartId) ?? cart;
  keepCart(shop, order.cartId, after);
  return { is: 'order', order };
}

/** Restores one line to the cart as far as it fits. Returns the number of units that did not fit. */
function giveBack(shop: RefShop, order: RefOrder, { sku, price, hold }: RefOrderLine): number {
  const cart = cartOf(shop, order.cartId);
  const present = lineOf(cart, sku);
  const { quantity } = hold;
  const both = quantity + (present?.hold.quantity ?? 0);
  const units = Math.min(both, lineQuantityMax);
  const hasRoom = present
    ? canAddUp(shop, order.customer, present.hold, hold, units)
    : cart.lines.length < cartLinesMax;
  hold.inOrder = false;
  if (!hasRoom || hold.createdAt + holdLifetimeMaxMs <= shop.now) {
    hold.end = 'released';
    return quantity;
  }
  const line = fold(present, { sku, price, hold }, skuOf(shop, sku).price);
  if (!present) cart.lines.push(line);
  if (line.hold === hold) hold.expiresAt = Math.min(shop.now + holdTtlMs, hold.createdAt + holdLifetimeMaxMs);
  else renew(shop, line.hold);
  if (units !== line.hold.quantity) line.hold.counted ||= isCounted(order.customer, skuOf(shop, sku).limit);
  line.hold.quantity = units;
  cart.lost = cart.lost.filter((lost) => lost.sku !== sku);
  shop.carts.set(order.cartId, cart);
  return both - units;
}

/** Returns whether two holds can be joined. They can, unless a raised safety stock or a lowered limit prevents it. */
function canAddUp(shop: RefShop, customer: string, present: RefHold, coming: RefHold, units: number): boolean {
  const [older, younger] = coming.createdAt < present.createdAt ? [coming, present] : [present, coming];
  const more = units - older.quantity;
  if (more <= 0) return true;
  const { limit, onHand, safetyStock } = skuOf(shop, coming.sku);
  const others = shop.holds.filter((hold) => isHeld(hold) && hold.sku === coming.sku && hold !== younger);
  const held = others.reduce((sum, { quantity }) => sum + quantity, 0);
  const free = onHand - safetyStock - committedUnits(shop, coming.sku) - held;
  const counted = (hold: RefHold): number => (hold.counted ? hold.quantity : 0);
  const elsewhere = countFor(shop, customer, coming.sku) - counted(older) - counted(younger);
  return free >= more && (limit === null || elsewhere + older.quantity + more <= limit);
}

/** Returns units of an order: at most those dispatched and not returned yet, summed over all entries of a SKU. */
export function giveUnitsBack(
  shop: RefShop,
  order: RefOrder,
  { lines, restock }: { lines: readonly { sku: string; quantity: number }[]; restock: boolean },
): RefAnswer {
  if (!isSold(order)) return orderState(order);
  const asked = new Map<string, number>();
  for (const { sku, quantity } of lines) asked.set(sku, (asked.get(sku) ?? 0) + quantity);
  for (const [sku, quantity] of asked) {
    const line = order.lines.find((each) => each.sku === sku);
    if (!line || quantity > (line.fulfilled ?? 0) - line.returned) {
      return refused({ reason: 'return_exceeds_sold', meta: { sku } });
    }
  }
  for (const [sku, quantity] of asked) {
    const stock = skuOf(shop, sku);
    stock.sold -= quantity;
    if (restock) stock.onHand += quantity;
    for (const line of order.lines) if (line.sku === sku) line.returned += quantity;
  }
  return { is: 'order', order };
}

const exceeds = (sku: string, unfulfilled: number): RefAnswer =>
  refused({ reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } });

const isOpen = ({ status }: RefOrder): boolean => status === 'placed' || status === 'partially_fulfilled';

/** Ends the holds without open units, and the order without open lines. */
function settle(shop: RefShop, order: RefOrder, end: 'consumed' | 'released'): RefAnswer {
  for (const line of order.lines) if (openUnits(line) === 0 && line.hold.end === 'committed') line.hold.end = end;
  const hasLeft = order.lines.some(({ fulfilled }) => (fulfilled ?? 0) > 0);
  const hasOpen = order.lines.some((line) => openUnits(line) > 0);
  if (hasOpen) order.status = hasLeft ? 'partially_fulfilled' : 'placed';
  else order.status = hasLeft ? 'fulfilled' : 'cancelled';
  if (!hasOpen) order.forgetAt = shop.now + orderRetentionMs;
  order.total = totalOf(order.lines);
  return { is: 'order', order };
}

/** Dispatches units: the given ones, or all that are left. */
export function fulfil(
  shop: RefShop,
  order: RefOrder,
  { lines }: { lines?: readonly { sku: string; quantity: number }[] | undefined },
): RefAnswer {
  if (!isOpen(order)) return orderState(order);
  const asked = new Map<string, number>();
  const wanted = lines ?? order.lines.map((line) => ({ sku: line.sku, quantity: openUnits(line) }));
  for (const { sku, quantity } of wanted) asked.set(sku, (asked.get(sku) ?? 0) + quantity);
  for (const [sku, quantity] of asked) {
    const line = order.lines.find((each) => each.sku === sku);
    if (!line) return refused({ reason: 'unknown_sku', meta: { sku } });
    if (quantity > openUnits(line)) return exceeds(sku, openUnits(line));
  }
  for (const line of order.lines) {
    const units = asked.get(line.sku) ?? 0;
    line.fulfilled = (line.fulfilled ?? 0) + units;
    skuOf(shop, line.sku).onHand -= units;
  }
  return settle(shop, order, 'consumed');
}

/** Sets the units of a line that has open units. */
export function changeLine(
  shop: RefShop,
  order: RefOrder,
  { sku, to }: { sku: string; to: (quantity: number) => number },
): RefAnswer {
  if (!isOpen(order)) return orderState(order);
  const line = order.lines.find((each) => each.sku === sku);
  if (!line) return refused({ reason: 'unknown_sku', meta: { sku } });
  const [open, quantity] = [openUnits(line), to(line.quantity)];
  const more = quantity - line.quantity;
  if (open === 0 || open + more < 0) return exceeds(sku, open);
  if (more > 0 && quantity > lineQuantityMax) {
    return refused({ reason: 'quantity_limit', meta: { limit: lineQuantityMax } });
  }
  if (more > 0) {
    const granted = grantMore(shop, order, line, more);
    if (typeof granted !== 'number') return refused(granted.refusal);
  }
  line.quantity = quantity;
  skuOf(shop, sku).sold += more;
  return settle(shop, order, 'released');
}

/** The limit does not apply to a line whose units do not count. */
function grantMore(shop: RefShop, { customer }: RefOrder, { sku, countedFor }: RefOrderLine, more: number) {
  const stock = skuOf(shop, sku);
  const { limit } = stock;
  if (countedFor === null) stock.limit = null;
  const granted = grant(shop, { sku, customer: countedFor ?? customer, min: more, want: more });
  stock.limit = limit;
  return granted;
}
