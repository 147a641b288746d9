import type { Caller } from '../../contract/call.ts';
import { orderKey } from '../../transact/names.ts';
import { type OrderState, orderState, ownerOf, stateView } from './order-document.ts';
import { ok, type Refusal, refuse, type Result } from '../../contract/refusals.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Order } from '../../contract/order-outputs.ts';

export const unknownOrder = (orderId: string): Refusal => ({ reason: 'unknown_order', meta: { orderId } });

/** Returns the order, for any caller. Throws `ServiceFailure` if its record cannot be read. */
export async function readOrderState(read: Read, orderId: string): Promise<OrderState | null> {
  return orderState(orderId, await read({ documents: [orderKey(orderId)] }));
}

export async function readOrder(read: Read, orderId: string): Promise<Result<Order>> {
  const state = await readOrderState(read, orderId);
  return state ? ok(stateView(state)) : refuse(unknownOrder(orderId));
}

/**
 * Returns whether the caller may see and change an order: an operator, its session, or a session of its customer. All
 * others get the answer for an unknown order, because ids are not secret and must not reveal anything.
 */
export const isShownTo = ({ kind, principal, customer }: Caller, { body }: Pick<OrderState, 'body'>): boolean =>
  kind === 'operator' || principal === body.session || (customer !== null && customer === ownerOf(body));
