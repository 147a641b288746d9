import type { Snapshot } from '../store/store.ts';
import { type CartState, cartState, type LineState, lostLines } from './cart-document.ts';
import { totalOf } from './cart-view.ts';
import type { Call, PlaceInput } from './inputs.ts';
import { cartKey } from './names.ts';
import { orderLine, type OrderBody } from './order-document.ts';
import type { Refusal } from './refusals.ts';
import type { Money } from './views.ts';

/** A cart that may become an order, and the order that it becomes. */
export interface CartSale {
  cart: CartState;
  /** The cart's version: it is dropped at just this one. */
  version: number;
  lines: readonly LineState[];
  body: OrderBody;
}

/** Refused: `hold_expired`, `cart_empty`, `cart_changed`. */
export function cartSale(
  { input, call, cartId }: { input: PlaceInput; call: Call; cartId: string },
  view: Snapshot,
): CartSale | { refusal: Refusal } {
  const cart = cartState(cartId, view);
  const lost = lostLines(cart);
  if (lost.length > 0) return { refusal: { reason: 'hold_expired', meta: { lines: lost } } };
  const live = cart.lines.filter(({ phase }) => phase === 'live');
  if (live.length === 0 || cart.version === null) return { refusal: { reason: 'cart_empty', meta: { lines: [] } } };
  const lines = live.map(orderLine);
  const total = totalOf(lines);
  const { expectedTotal, contact } = input;
  if (expectedTotal && !isSameMoney(expectedTotal, total)) {
    return { refusal: { reason: 'cart_changed', meta: { expectedTotal, total } } };
  }
  const { principal, customer } = call.caller;
  const body: OrderBody = {
    session: principal,
    origin: { cartId, customer: customer ?? cartKey(cartId) },
    createdAt: cart.at,
    ...(contact === undefined ? {} : { contact }),
    total,
    lines,
  };
  return { cart, version: cart.version, lines: live, body };
}

const isSameMoney = (expected: Money, total: Money | null): boolean =>
  total !== null && expected.amount === total.amount && expected.currency === total.currency;
