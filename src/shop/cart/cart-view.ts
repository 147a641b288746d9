import { type CartState, type LineState, lostLines } from './cart-document.ts';
import type { Cart, CartLine, Money } from '../../contract/views.ts';

/**
 * The cart as its shopper sees it: derived from the holds, so it is right even before anybody tidied up. Holds that have
 * ended count for the version as well, or it would go back when a line expires that had changed after the cart itself.
 */
export function cartView(state: CartState, cartTtlMs: number): Cart {
  const live = state.lines.filter(({ phase }) => phase === 'live');
  const lines = live.flatMap(lineView);
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

function lineView({ sku, unitPrice, repriced, holdId, hold }: LineState): CartLine[] {
  if (!hold) return [];
  const price = { ...(unitPrice === null ? {} : { unitPrice }), ...(repriced ? { repriced } : {}) };
  return [{ sku, quantity: hold.quantity, ...price, holdId, expiresAt: hold.expiresAt }];
}

/** Null when there are no lines, a price is missing, currencies differ, or the sum is no exact integer any more. */
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
