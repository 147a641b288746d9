import type { Call } from '../../contract/call.ts';
import type { AttachInput } from '../../contract/inputs.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { changeOrder } from './order-change.ts';
import type { Decision } from '../../transact/mutation.ts';
import { aboutOrder, type OrderState, orderView, putOrder, unchangedOrder, wrongStatus } from './order-document.ts';
import { isShownTo, unknownOrder } from './order-reader.ts';
import type { Result } from '../../contract/refusals.ts';
import type { Order } from '../../contract/order-outputs.ts';

/**
 * Sets the payment session in which the buyer pays an order from now on. The holds and their deadline do not change.
 * Refused: `unknown_order`, and `order_state` if the order does not await its payment.
 */
export function attachPayment(parts: ServiceParts, input: AttachInput, call: Call): Promise<Result<Order>> {
  const { orderId, paymentReference } = input;
  const change = { procedure: 'checkout.attachPayment', input, call, reference: paymentReference };
  return changeOrder(parts, change, (state) =>
    isShownTo(call.caller, state) ? attach(state, paymentReference) : { refusal: unknownOrder(orderId) },
  );
}

function attach(state: OrderState, paymentReference: string): Decision<Order> {
  const { orderId, status, record } = state;
  if (status !== 'awaiting_payment') return { refusal: wrongStatus(state) };
  if (state.body.paymentReference === paymentReference) return unchangedOrder(state);
  const body = { ...state.body, paymentReference };
  return {
    steps: [{ ...putOrder(record, { list: 'awaiting_payment', body }), holds: record.holds }],
    ...aboutOrder(orderId),
    answerFromCommit: () => orderView(orderId, body, { status, payBefore: record.dueAt }),
  };
}

/**
 * Returns whether an order awaits one of the payments that failed. The failure of an earlier payment session must not
 * end an order that is being paid in a later one. An order without a payment reference awaits any payment.
 */
export const isAwaited = ({ body }: OrderState, failed: readonly string[] | undefined): boolean =>
  failed === undefined || body.paymentReference === undefined || failed.includes(body.paymentReference);
