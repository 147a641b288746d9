import { type CartState, type LiveLine, liveLines, lostLines } from './cart-document.ts';
import type { Cart, CartLine } from '../../contract/cart-outputs.ts';
import type { Money } from '../../contract/output-fields.ts';

/**
 * Returns the cart as its shopper sees it. It is derived from the holds, so it is correct even before an expired line
 * is deleted. The version includes ended holds, so it does not go back when a line expires that changed after the cart.
 */
export function cartView(state: CartState, cartTtlMs: number): Cart {
  const lines = liveLines(state).map(lineView);
  return {
    cartId: state.cartId,
    version: Math.max(state.version ?? 0, ...state.lines.map(({ hold }) => hold?.version ?? 0)),
    serverTime: state.at,
    expiresAt: state.dueAt ?? state.at + cartTtlMs,
    total: totalOf(lines),
    expired: lostLines(state),
    lines,
  };
}

function lineView({ sku, unitPrice, repriced, holdId, hold }: LiveLine): CartLine {
  const price = { ...(unitPrice === null ? {} : { unitPrice }), ...(repriced ? { repriced } : {}) };
  return { sku, quantity: hold.quantity, ...price, holdId, expiresAt: hold.expiresAt };
}

/** Returns null if there are no lines, a price is missing, currencies differ, or the sum exceeds 2^53-1. */
export function totalOf(lines: readonly { quantity: number; unitPrice?: Money }[]): Money | null {
  const currency = lines[0]?.unitPrice?.currency;
  if (currency === undefined) return null;
  let amount = 0;
  for (const { quantity, unitPrice } of lines) {
    if (unitPrice?.currency !== currency) return null;
    amount += quantity * unitPrice.amount;
  }
  return Number.isSafeInteger(amount) ? { amount, currency } : null;
}
