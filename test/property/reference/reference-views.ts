import type { Refusal, Result } from '../../../src/contract/calls/call.ts';
import type { Cart } from '../../../src/contract/outputs/cart-outputs.ts';
import type { Order } from '../../../src/contract/outputs/order-outputs.ts';
import type { Reservation } from '../../../src/contract/outputs/reservation-outputs.ts';
import type { StockLevel } from '../../../src/contract/outputs/stock-outputs.ts';
import { cartOf } from './reference-carts.ts';
import { paymentAnswer, totalOf } from './reference-orders.ts';
import {
  available,
  committedUnits,
  heldUnits,
  isSold,
  type RefAnswer,
  type RefOrder,
  type RefReservation,
  type RefShop,
  skuOf,
  sum,
} from './reference-shop.ts';

/** The form in which answers of both sides are compared. It has no versions and no ids of holds. */
export type Comparable = Record<string, unknown>;

const price = (unitPrice: { amount: number; currency: string } | null | undefined) => unitPrice ?? null;

const byTime = (lost: readonly { sku: string; quantity: number; at: number }[]) =>
  lost.map(({ sku, quantity, at }) => `${quantity} ${sku} at ${at}`).sort();

export function expectedLevel(shop: RefShop, sku: string): Comparable {
  const { onHand, safetyStock, limit, price: unitPrice } = skuOf(shop, sku);
  const reserved = heldUnits(shop, sku);
  const committed = committedUnits(shop, sku);
  return { sku, onHand, reserved, committed, available: available(shop, sku), safetyStock, limit, price: unitPrice };
}

export const observedLevel = (level: StockLevel): Comparable => {
  const { sku, onHand, reserved, committed, available, safetyStock, limitPerCustomer, unitPrice } = level;
  return {
    sku,
    onHand,
    reserved,
    committed,
    available,
    safetyStock,
    limit: limitPerCustomer ?? null,
    price: price(unitPrice),
  };
};

export function expectedCart(shop: RefShop, cartId: string): Comparable {
  const { lines, lost, dueAt } = cartOf(shop, cartId);
  const shown = lines.map((line) => ({ ...line, quantity: line.hold.quantity }));
  return {
    cartId,
    isThere: shop.carts.has(cartId),
    serverTime: shop.now,
    expiresAt: dueAt,
    total: totalOf(shown),
    expired: byTime(lost),
    lines: shown.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      price: line.price,
      expiresAt: line.hold.expiresAt,
    })),
  };
}

export const observedCart = ({ cartId, version, serverTime, expiresAt, total, expired, lines }: Cart): Comparable => ({
  cartId,
  isThere: version > 0,
  serverTime,
  expiresAt,
  total,
  expired: byTime(expired),
  lines: lines.map((line) => ({
    sku: line.sku,
    quantity: line.quantity,
    price: price(line.unitPrice),
    expiresAt: line.expiresAt,
  })),
});

export const expectedOrder = (order: RefOrder): Comparable => ({
  status: order.status,
  createdAt: order.createdAt,
  payBefore: order.status === 'awaiting_payment' ? order.payBefore : null,
  reference: order.reference,
  notRestored: order.notRestored,
  total: order.total,
  lines: order.lines.map(({ sku, quantity, fulfilled, returned, price }) => ({
    sku,
    quantity,
    fulfilled,
    returned,
    price,
  })),
});

export const observedOrder = (order: Order): Comparable => ({
  status: order.status,
  createdAt: order.createdAt,
  payBefore: order.payBefore ?? null,
  reference: order.paymentReference ?? null,
  notRestored: order.notRestored ?? [],
  total: order.total,
  lines: order.lines.map(({ sku, quantity, fulfilled = null, returned, unitPrice }) => ({
    sku,
    quantity,
    fulfilled,
    returned,
    price: price(unitPrice),
  })),
});

export function expectedReservation(reservation: RefReservation): Comparable {
  const { id, status, createdAt, expiresAt, reference, lines, isForgotten } = reservation;
  if (isForgotten) return { refused: 'unknown_reservation', meta: { reservationId: id ?? '' } };
  const deadline = status === 'reserved' && Number.isFinite(expiresAt) ? expiresAt : null;
  const shown = lines.map(({ sku, quantity, fulfilled, released }) => ({ sku, quantity, fulfilled, released }));
  return { reference, status, createdAt, expiresAt: deadline, lines: shown };
}

export const observedReservation = ({ reference, status, createdAt, expiresAt, lines }: Reservation): Comparable => ({
  reference,
  status,
  createdAt,
  expiresAt,
  lines: lines.map(({ sku, quantity, fulfilled, released }) => ({ sku, quantity, fulfilled, released })),
});

/** Returns the parts of a refusal that the API promises. The wording for an invalid input is not one of them. */
export function comparableRefusal({ reason, meta }: Refusal): Comparable {
  if (reason === 'invalid_input') return { refused: reason };
  if (reason === 'reservation_state') return { refused: reason, status: meta.status };
  if (reason === 'hold_expired') return { refused: reason, lines: byTime(meta.lines) };
  return { refused: reason, meta };
}

/** Returns the expected answer of a call from the state right after it. */
export function expectedAnswer(shop: RefShop, answer: RefAnswer): Comparable {
  if (answer.is === 'refused') return comparableRefusal(answer.refusal);
  if (answer.is === 'level') return expectedLevel(shop, answer.sku);
  if (answer.is === 'cart') {
    const { granted, changes } = answer;
    return {
      ...expectedCart(shop, answer.cartId),
      ...(granted === undefined ? {} : { granted }),
      ...(changes === undefined ? {} : { changes: comparableChanges(changes) }),
    };
  }
  if (answer.is === 'reservation') return expectedReservation(answer.reservation);
  const { order } = answer;
  const orderId = order.id ?? '';
  if (order.isForgotten) return { refused: 'unknown_order', meta: { orderId } };
  if (answer.is === 'order') return expectedOrder(order);
  return expectedAnswer(shop, paymentAnswer(order, answer.reference));
}

export function observedAnswer(result: Result<unknown>): Comparable {
  if (!result.ok) return comparableRefusal(result.refusal);
  const value = result.value as Partial<StockLevel & Cart & Order & Reservation & { granted: number }> & MergeAnswer;
  if (value.reservationId !== undefined) return observedReservation(value as Reservation);
  if (value.orderId !== undefined) return observedOrder(value as Order);
  if (value.cart) return { ...observedCart(value.cart), changes: comparableChanges(value.changes ?? []) };
  if (value.cartId === undefined) return observedLevel(value as StockLevel);
  const { granted } = value;
  return { ...observedCart(value as Cart), ...(granted === undefined ? {} : { granted }) };
}

interface MergeAnswer {
  cart?: Cart;
  changes?: readonly Change[];
}

interface Change {
  sku: string;
  from: number;
  to: number;
  reason: string;
}

/**
 * Returns the units that a merge removed from each SKU in total. If several bounds apply, their order is not defined.
 * It is also not defined whether a bound is reported that another one has made irrelevant.
 */
function comparableChanges(changes: readonly Change[]): unknown {
  const lost = changes.filter(({ reason }) => reason === 'expired').map(({ sku, from, to }) => `${sku} ${from} ${to}`);
  const cut = new Map<string, { from: number; to: number }>();
  for (const { sku, from, to, reason } of changes) {
    if (reason !== 'expired') cut.set(sku, { from: cut.get(sku)?.from ?? from, to });
  }
  return { lost: lost.sort(), cut: [...cut].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** Returns the units that orders have sold and that were not returned, including forgotten orders. */
export const soldByOrders = (shop: RefShop, wanted: string): number =>
  sum(
    shop.orders
      .filter(isSold)
      .flatMap(({ lines }) => lines.filter(({ sku }) => sku === wanted))
      .map(({ quantity, returned }) => quantity - returned),
  ) +
  sum(
    shop.reservations
      .flatMap(({ lines }) => lines.filter(({ sku }) => sku === wanted))
      .map(({ fulfilled, hold }) => fulfilled + (hold?.end === 'committed' ? hold.quantity : 0)),
  );
