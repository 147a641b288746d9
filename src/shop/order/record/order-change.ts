import { STALE_CART } from '../../cart/cart-document.ts';
import { type Result, type Caller, ok, type Refusal, refuse } from '../../../contract/calls/call.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { ReadRequest, Snapshot } from '../../../store/store.ts';
import { STALE_FILL } from '../../stock/supply/backorders.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import type { BegunCall } from '../../../transact/begun-call.ts';
import type { Decision } from '../../../transact/mutation.ts';
import { orderKey } from '../../../transact/documents/names.ts';
import { type OrderState, orderState, ownerOf, stateView } from './order-document.ts';

interface OrderChangeCall {
  procedure: string;
  input: { orderId: string; reason?: string | undefined };
  call: BegunCall;
  reference?: string | undefined;
  /** The stock that `compose` needs. Default: none. */
  skus?: readonly string[];
  /** Returns what `compose` reads besides the order, instead of `skus`. */
  moreReads?: () => Promise<ReadRequest>;
}

/** Changes one order in a transaction. Refused `unknown_order`, and what `compose` refuses. */
export function changeOrder(
  parts: ServiceParts,
  { moreReads, ...change }: OrderChangeCall,
  compose: (state: OrderState, view: Snapshot) => Decision<Order>,
): Promise<Result<Order>> {
  const { skus = [], ...spec } = change;
  const { orderId, reason } = spec.input;
  const key = orderKey(orderId);
  return parts.transactor.run({
    ...spec,
    reason,
    lockKeys: key,
    reads: async () => ({ ...(moreReads ? await moreReads() : skus.length > 0 ? { skus } : {}), documents: [key] }),
    compose: (view) => {
      const state = orderState(orderId, view, parts.seal);
      return state ? compose(state, view) : { refusal: unknownOrder(orderId) };
    },
    // If the stock was read, `compose` itself refuses units that the shop does not have, so this refusal shows a stale
    // view.
    retryOn: [...STALE_CART, ...STALE_FILL, ...(skus.length > 0 ? (['insufficient_stock'] as const) : [])],
    answer: () => readOrder(parts, orderId),
  });
}

export const unknownOrder = (orderId: string): Refusal => ({ reason: 'unknown_order', meta: { orderId } });

export type OrderReader = Pick<ServiceParts, 'read' | 'seal'>;

/** Returns the order, for any caller. Throws `ServiceFailure` if its record cannot be read. */
export async function readOrderState({ read, seal }: OrderReader, orderId: string): Promise<OrderState | null> {
  return orderState(orderId, await read({ documents: [orderKey(orderId)] }), seal);
}

export async function readOrder(reader: OrderReader, orderId: string): Promise<Result<Order>> {
  const state = await readOrderState(reader, orderId);
  return state ? ok(stateView(state)) : refuse(unknownOrder(orderId));
}

/**
 * Returns whether the caller may see and change an order: an operator, its session, or a session of its customer. All
 * others get the answer for an unknown order, because ids are not secret and must not reveal anything.
 */
export const isShownTo = ({ kind, principal, customer }: Caller, { body }: Pick<OrderState, 'body'>): boolean =>
  kind === 'operator' || principal === body.session || (customer !== null && customer === ownerOf(body));
