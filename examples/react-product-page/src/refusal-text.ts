import { isRefusal, reasonOf } from '@holdfast/client';
import { nameOf } from './shop.ts';

const units = (count: number): string => (count === 1 ? '1 piece' : `${count} pieces`);

/** Returns the sentence that a shopper reads for an error. `isRefusal` narrows `meta`, so each sentence can use it. */
export function textOf(error: unknown): string {
  if (isRefusal(error, 'insufficient_stock')) {
    const [line] = error.data.meta.lines;
    if (line && line.available === undefined)
      return `There are not ${units(line.requested)} more of ${nameOf(line.sku)}.`;
    if (!line?.available) return 'Sorry, the last one is in somebody else’s cart. It may come back.';
    return `Only ${units(line.available)} of ${nameOf(line.sku)} left.`;
  }
  if (isRefusal(error, 'limit_exceeded')) {
    const { limit, already } = error.data.meta;
    return `At most ${units(limit)} for each customer; you have ${already} already.`;
  }
  if (isRefusal(error, 'quantity_limit', 'cart_full')) return `A cart takes no more than ${error.data.meta.limit}.`;
  if (isRefusal(error, 'hold_cap')) {
    const { limit } = error.data.meta;
    return limit === undefined
      ? 'You hold as many as you can at once.'
      : `At most ${units(limit)} can be held at once.`;
  }
  if (isRefusal(error, 'admission_required', 'customer_required')) return 'You have to be admitted to this sale first.';
  if (isRefusal(error, 'session_required')) return 'Your session has ended. Here is a new one; try again.';
  if (isRefusal(error, 'hold_expired'))
    return 'The time ran out for a part of your cart. Look it over, then order again.';
  if (isRefusal(error, 'cart_changed')) return 'Your cart has changed meanwhile. Look it over, then order again.';
  if (isRefusal(error, 'cart_empty')) return 'There is nothing in your cart.';
  if (isRefusal(error, 'overloaded', 'rate_limited', 'store_unavailable')) {
    return 'The shop is very busy. Nothing was changed; try again in a moment.';
  }
  if (isRefusal(error, 'outcome_unknown')) return 'We do not know yet whether that worked. Trying again is safe.';
  if (isRefusal(error)) return `That did not work (${error.data.reason}).`;
  return 'No connection to the shop. Trying again is safe: nothing happens twice.';
}

/** Whether the same call, with the same key, may still turn out well. */
export const isWorthAskingAgain = (error: unknown): boolean =>
  reasonOf(error) === null || isRefusal(error, 'overloaded', 'rate_limited', 'store_unavailable', 'outcome_unknown');
