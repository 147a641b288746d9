import type { Money } from '../../../src/contract/output-fields.ts';
import {
  committedUnits,
  heldUnits,
  refused,
  type RefAnswer,
  type RefHold,
  type RefShop,
  type RefSku,
  isHeld,
} from './reference-shop.ts';

const level = (sku: string): RefAnswer => ({ is: 'level', sku });
const unknownSku = (sku: string): RefAnswer => refused({ reason: 'unknown_sku', meta: { sku } });

export interface Definition {
  sku: string;
  safetyStock?: number | undefined;
  limitPerCustomer?: number | null | undefined;
  unitPrice?: Money | null | undefined;
}

export function define(shop: RefShop, { sku, safetyStock, limitPerCustomer, unitPrice }: Definition): RefAnswer {
  const before: RefSku = shop.skus.get(sku) ?? { onHand: 0, sold: 0, safetyStock: 0, limit: null, price: null };
  shop.skus.set(sku, {
    ...before,
    safetyStock: safetyStock ?? before.safetyStock,
    limit: limitPerCustomer === undefined ? before.limit : limitPerCustomer,
    price: unitPrice === undefined ? before.price : unitPrice,
  });
  return level(sku);
}

/** Receives units, or adjusts them by a positive or negative difference. */
export function adjust(shop: RefShop, { sku, delta }: { sku: string; delta: number }): RefAnswer {
  const stock = shop.skus.get(sku);
  if (!stock) return unknownSku(sku);
  const isBelow = stock.onHand + delta < heldUnits(shop, sku) + committedUnits(shop, sku);
  return isBelow ? belowReserved(shop, sku, stock) : setOnHand(stock, sku, delta);
}

export function count(
  shop: RefShop,
  { sku, onHand, expectedOnHand }: { sku: string; onHand: number; expectedOnHand?: number | undefined },
): RefAnswer {
  const stock = shop.skus.get(sku);
  if (!stock) return unknownSku(sku);
  if (expectedOnHand !== undefined && expectedOnHand !== stock.onHand) {
    return refused({
      reason: 'count_mismatch',
      meta: { onHand: stock.onHand, reserved: heldUnits(shop, sku), committed: committedUnits(shop, sku) },
    });
  }
  if (onHand < heldUnits(shop, sku) + committedUnits(shop, sku)) return belowReserved(shop, sku, stock);
  return setOnHand(stock, sku, onHand - stock.onHand);
}

function setOnHand(stock: RefSku, sku: string, delta: number): RefAnswer {
  stock.onHand += delta;
  return level(sku);
}

const belowReserved = (shop: RefShop, sku: string, { onHand }: RefSku): RefAnswer =>
  refused({
    reason: 'below_reserved',
    meta: { onHand, reserved: heldUnits(shop, sku), committed: committedUnits(shop, sku) },
  });

/** Releases a hold for an operator, once, and not that of an order. The line of a cart becomes a lost line. */
export function releaseHold(shop: RefShop, hold: RefHold | null, holdId: string): RefAnswer {
  if (!hold) return refused({ reason: 'unknown_hold', meta: { holdId, state: 'unknown' } });
  if (!isHeld(hold)) return refused({ reason: 'hold_not_active', meta: { holdId, state: hold.end ?? 'released' } });
  if (hold.inOrder) {
    const order = shop.orders.find(({ status, lines }) => {
      return status === 'awaiting_payment' && lines.some((line) => line.hold === hold);
    });
    return refused({ reason: 'order_state', meta: { orderId: order?.id ?? '', status: 'awaiting_payment' } });
  }
  hold.end = 'released';
  for (const cart of shop.carts.values()) {
    if (!cart.lines.some((line) => line.hold === hold)) continue;
    cart.lines = cart.lines.filter((line) => line.hold !== hold);
    cart.lost.push({ sku: hold.sku, quantity: hold.quantity, at: shop.now });
  }
  return level(hold.sku);
}
