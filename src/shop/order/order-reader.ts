import { assertReadable } from '../../contract/failures.ts';
import type { Caller } from '../../contract/call.ts';
import { orderKey } from '../../transact/names.ts';
import { type OrderState, orderState, ownerOf, stateView } from './order-document.ts';
import { ok, type Refusal, refuse, type Result } from '../../contract/refusals.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Order } from '../../contract/order-outputs.ts';

export const unknownOrder = (orderId: string): Refusal => ({ reason: 'unknown_order', meta: { orderId } });

/** The order as it is now, whoever asks. Throws `ServiceFailure` for one that cannot be read. */
export async function readState(read: Read, orderId: string): Promise<OrderState | null> {
  const key = orderKey(orderId);
  const view = await read({ documents: [key] });
  assertReadable(view, `document:${key}`);
  return orderState(orderId, view);
}

export async function readOrder(read: Read, orderId: string): Promise<Result<Order>> {
  const state = await readState(read, orderId);
  return state ? ok(stateView(state)) : refuse(unknownOrder(orderId));
}

/**
 * Whether the caller may see and change an order: an operator, its session, and every session of its customer. For all
 * others the order is as unknown as one that never was: ids are not secret, and must not reveal anything.
 */
export const isShownTo = ({ kind, principal, customer }: Caller, { body }: Pick<OrderState, 'body'>): boolean =>
  kind === 'operator' || principal === body.session || (customer !== null && customer === ownerOf(body));
