import { STALE_CART } from '../cart/cart-document.ts';
import type { Call } from '../../contract/call.ts';
import type { Result } from '../../contract/refusals.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Snapshot } from '../../store/store.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import type { Decision } from '../../transact/mutation.ts';
import { orderKey } from '../../transact/names.ts';
import { type OrderState, orderState } from './order-document.ts';
import { readOrder, unknownOrder } from './order-reader.ts';

interface ChangeCall {
  procedure: string;
  input: { orderId: string; reason?: string | undefined };
  call: Call;
  reference?: string | undefined;
}

/** Changes one order in a transaction that reads nothing else. Refused `unknown_order`, and what `compose` refuses. */
export function changeOrder(
  { transactor, read }: ServiceParts,
  change: ChangeCall,
  compose: (state: OrderState, view: Snapshot) => Decision<Order>,
): Promise<Result<Order>> {
  const { orderId, reason } = change.input;
  const key = orderKey(orderId);
  return transactor.run({
    ...change,
    reason,
    lockKeys: key,
    reads: () => ({ documents: [key] }),
    compose: (view) => {
      const state = orderState(orderId, view);
      return state ? compose(state, view) : { refusal: unknownOrder(orderId) };
    },
    retryOn: STALE_CART,
    answer: () => readOrder(read, orderId),
  });
}
