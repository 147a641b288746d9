import { cartOf } from './place-carts.ts';
import { newPart, shortages, takeFor } from './place-sales.ts';
import { DONE, type PlaceAnswer, type PlaceOrder, type PlaceShop, refuse, sumOf } from './place-shop.ts';

/** Orders that are paid after a while. */

export function beginOrder(shop: PlaceShop, who: string, windowMs: number): PlaceAnswer {
  const { holds, lost } = cartOf(shop, who);
  if (lost.length > 0) return refuse('hold_expired');
  if (holds.length === 0) return refuse('cart_empty');
  const payBefore = shop.now + windowMs;
  for (const hold of holds) hold.expiresAt = payBefore;
  const parts = holds.map((hold) => newPart(hold, hold));
  shop.orders.push({ id: '', status: 'awaiting_payment', payBefore, parts });
  shop.carts.delete(who);
  return DONE;
}

/** Sells the units. A late payment takes others, of any locations that sell, if there are enough of all of them. */
export function payOrder(shop: PlaceShop, order: PlaceOrder): PlaceAnswer {
  if (order.status === 'refund_due') return refuse('payment_too_late');
  if (['placed', 'partially_fulfilled', 'fulfilled'].includes(order.status)) {
    return order.payBefore === undefined ? refuse('order_state') : DONE;
  }
  if (order.status !== 'awaiting_payment' && order.status !== 'expired') return refuse('order_state');
  if (order.status === 'expired') {
    const lines = [...new Set(order.parts.map(({ sku }) => sku))].map((sku) => ({
      sku,
      units: sumOf(order.parts, (part) => (part.sku === sku ? part.quantity : 0)),
    }));
    const wanted = lines.map(({ sku, units }) => ({ sku, min: units, want: units }));
    if (shortages(shop, { ...order, parts: [] }, { wanted, how: {} }).length > 0) {
      order.status = 'refund_due';
      return refuse('payment_too_late');
    }
    order.parts = [];
    for (const { sku, units } of lines) takeFor(shop, order, { sku, units, how: {}, life: {} });
  }
  order.status = 'placed';
  for (const { hold } of order.parts) Object.assign(hold ?? {}, { state: 'sold', expiresAt: Infinity });
  return DONE;
}

export function cancelOrder(order: PlaceOrder): PlaceAnswer {
  if (order.status === 'cancelled') return DONE;
  if (order.status !== 'awaiting_payment') return refuse('order_state');
  order.status = 'cancelled';
  for (const { hold } of order.parts) Object.assign(hold ?? {}, { state: 'over' });
  return DONE;
}
