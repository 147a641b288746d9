import type { Snapshot } from '../../../store/store.ts';
import { type CartState, cartState, type LiveLine, liveLines, lostLines } from '../../cart/cart-document.ts';
import { totalOf } from '../../cart/cart-document.ts';
import type { Call, Refusal } from '../../../contract/calls/call.ts';
import type { CheckoutInput } from '../../../contract/inputs/inputs.ts';
import { cartKey } from '../../../transact/documents/names.ts';
import { type BodyLine, orderLine, type OrderBody } from '../record/order-document.ts';
import type { Money } from '../../../contract/output-fields.ts';

/** A cart that can be ordered, and the body of its order. */
export interface CartSale {
  cart: CartState;
  /** The cart's version, which the checkout asserts. */
  version: number;
  lines: readonly LiveLine[];
  body: OrderBody;
  /** The client from which the checkout comes; undefined if it is unknown. */
  client: string | undefined;
}

/** Returns the sale of a whole cart. Refused: `hold_expired`, `cart_empty`, `cart_changed`. */
export function cartSale(
  { input, call, cartId }: { input: CheckoutInput; call: Call; cartId: string },
  view: Snapshot,
): CartSale | { refusal: Refusal } {
  const cart = cartState(cartId, view);
  const lost = lostLines(cart);
  if (lost.length > 0) return { refusal: { reason: 'hold_expired', meta: { lines: lost } } };
  const live = liveLines(cart);
  if (live.length === 0 || cart.version === null) return { refusal: { reason: 'cart_empty', meta: { lines: [] } } };
  const body = orderBody(cart, live.map(orderLine), { input, call });
  const { client } = call.caller;
  return 'refusal' in body ? body : { cart, version: cart.version, lines: live, body, client };
}

/** Returns the body of an order with these lines. Refused: `cart_changed`. */
export function orderBody(
  { cartId, at }: CartState,
  lines: BodyLine[],
  { input: { expectedTotal, contact }, call }: { input: CheckoutInput; call: Call },
): OrderBody | { refusal: Refusal } {
  const total = totalOf(lines);
  if (expectedTotal && !isSameMoney(expectedTotal, total)) {
    return { refusal: { reason: 'cart_changed', meta: { expectedTotal, total } } };
  }
  const { principal, customer, requestId } = call.caller;
  return {
    session: principal,
    origin: { cartId, customer: customer ?? cartKey(cartId) },
    createdAt: at,
    ...(requestId === undefined ? {} : { requestId }),
    ...(contact === undefined ? {} : { contact }),
    total,
    lines,
  };
}

const isSameMoney = (expected: Money, total: Money | null): boolean =>
  total !== null && expected.amount === total.amount && expected.currency === total.currency;
