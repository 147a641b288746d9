import type { Refusal, Result } from '../../../src/contract/refusals.ts';
import type { Cart } from '../../../src/contract/cart-outputs.ts';
import type { Order } from '../../../src/contract/order-outputs.ts';
import type { StockLevel } from '../../../src/contract/stock-outputs.ts';
import { cartOf } from './reference-carts.ts';
import { paymentAnswer, totalOf } from './reference-orders.ts';
import { available, heldUnits, type RefAnswer, type RefOrder, type RefShop, skuOf, sum } from './reference-shop.ts';

/** What both sides say of one thing, in one form; ids of holds and versions are looked at apart. */
export type Told = Record<string, unknown>;

const price = (unitPrice: { amount: number; currency: string } | null | undefined) => unitPrice ?? null;

const byTime = (lost: readonly { sku: string; quantity: number; at: number }[]) =>
  lost.map(({ sku, quantity, at }) => `${quantity} ${sku} at ${at}`).sort();

export function levelToldBy(shop: RefShop, sku: string): Told {
  const { onHand, safetyStock, limit, price: unitPrice } = skuOf(shop, sku);
  const reserved = heldUnits(shop, sku);
  return { sku, onHand, reserved, available: available(shop, sku), safetyStock, limit, price: unitPrice };
}

export const levelTold = (level: StockLevel): Told => {
  const { sku, onHand, reserved, available, safetyStock, limitPerCustomer, unitPrice } = level;
  return {
    sku,
    onHand,
    reserved,
    available,
    safetyStock,
    limit: limitPerCustomer ?? null,
    price: price(unitPrice),
  };
};

export function cartToldBy(shop: RefShop, cartId: string): Told {
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

export const cartTold = ({ cartId, version, serverTime, expiresAt, total, expired, lines }: Cart): Told => ({
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

export const orderToldBy = (order: RefOrder): Told => ({
  status: order.status,
  createdAt: order.createdAt,
  payBefore: order.status === 'awaiting_payment' ? order.payBefore : null,
  reference: order.reference,
  notRestored: order.notRestored,
  total: order.total,
  lines: order.lines.map(({ sku, quantity, returned, price }) => ({ sku, quantity, returned, price })),
});

export const orderTold = (order: Order): Told => ({
  status: order.status,
  createdAt: order.createdAt,
  payBefore: order.payBefore ?? null,
  reference: order.paymentReference ?? null,
  notRestored: order.notRestored ?? [],
  total: order.total,
  lines: order.lines.map(({ sku, quantity, returned, unitPrice }) => ({
    sku,
    quantity,
    returned,
    price: price(unitPrice),
  })),
});

/** A refusal as far as it is promised: what is wrong with an input is said in words. */
export function refusalTold({ reason, meta }: Refusal): Told {
  if (reason === 'invalid_input') return { refused: reason };
  if (reason === 'hold_expired') return { refused: reason, lines: byTime(meta.lines) };
  return { refused: reason, meta };
}

/** The answer of a call, told right after it. */
export function answerToldBy(shop: RefShop, answer: RefAnswer): Told {
  if (answer.is === 'refused') return refusalTold(answer.refusal);
  if (answer.is === 'level') return levelToldBy(shop, answer.sku);
  if (answer.is === 'cart') {
    const { granted, changes } = answer;
    return {
      ...cartToldBy(shop, answer.cartId),
      ...(granted === undefined ? {} : { granted }),
      ...(changes === undefined ? {} : { changes: changesTold(changes) }),
    };
  }
  const { order } = answer;
  const orderId = order.id ?? '';
  if (order.isForgotten) return { refused: 'unknown_order', meta: { orderId } };
  if (answer.is === 'order') return orderToldBy(order);
  return answerToldBy(shop, paymentAnswer(order, answer.reference));
}

export function answerTold(result: Result<unknown>): Told {
  if (!result.ok) return refusalTold(result.refusal);
  const value = result.value as Partial<StockLevel & Cart & Order & { granted: number }> & MergeAnswer;
  if (value.orderId !== undefined) return orderTold(value as Order);
  if (value.cart) return { ...cartTold(value.cart), changes: changesTold(value.changes ?? []) };
  if (value.cartId === undefined) return levelTold(value as StockLevel);
  const { granted } = value;
  return { ...cartTold(value as Cart), ...(granted === undefined ? {} : { granted }) };
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
 * What a merge took from each SKU in all. Where several things were in the way, which is told first, and whether one that
 * another has overtaken is told at all, is open.
 */
function changesTold(changes: readonly Change[]): unknown {
  const lost = changes.filter(({ reason }) => reason === 'expired').map(({ sku, from, to }) => `${sku} ${from} ${to}`);
  const cut = new Map<string, { from: number; to: number }>();
  for (const { sku, from, to, reason } of changes) {
    if (reason !== 'expired') cut.set(sku, { from: cut.get(sku)?.from ?? from, to });
  }
  return { lost: lost.sort(), cut: [...cut].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** Units that orders have sold and not got back, forgotten orders included. */
export const soldByOrders = (shop: RefShop, wanted: string): number =>
  sum(
    shop.orders
      .filter(({ status }) => status === 'placed')
      .flatMap(({ lines }) => lines.filter(({ sku }) => sku === wanted))
      .map(({ quantity, returned }) => quantity - returned),
  );
