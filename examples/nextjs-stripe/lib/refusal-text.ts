import { isRefusal, type RefusedError } from '@holdfast/client';
import { titleOf } from './catalog.ts';

/** Returns the sentence that a shopper reads for a refusal. */
export function refusalText(error: RefusedError): string {
  if (isRefusal(error, 'insufficient_stock')) {
    const [line] = error.data.meta.lines;
    const left = line?.available ? `only ${line.available} left` : 'none left at the moment';
    return `${line ? titleOf(line.sku) : 'Sorry'}: ${left}.`;
  }
  if (isRefusal(error, 'limit_exceeded')) return `At most ${error.data.meta.limit} for each customer.`;
  if (isRefusal(error, 'hold_cap', 'quantity_limit', 'cart_full')) return 'That is more than one cart may hold.';
  if (isRefusal(error, 'hold_expired', 'cart_empty')) return 'The time ran out for a part of your cart.';
  if (isRefusal(error, 'order_state')) return `The order is ${error.data.meta.status.replace('_', ' ')} by now.`;
  if (isRefusal(error, 'overloaded', 'rate_limited', 'store_unavailable')) return 'The shop is busy. Please try again.';
  return `That did not work (${error.data.reason}).`;
}
