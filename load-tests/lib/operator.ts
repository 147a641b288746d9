import { plan } from './plan.ts';
import { type Answer, ask, type Call, newKey } from './wire.ts';
import type { InputOf } from '../../src/contract/inputs/inputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';

const headers = { authorization: `Bearer ${plan.operatorKey}` };

/** Calls with the operator key. */
export const operator = {
  ask: <P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> => ask(operator.call(path, input)),

  /** Returns a call for `together`. */
  call: <P extends Path>(path: P, input: InputOf<P>): Call<P> => ({ path, input, headers }),

  confirm: (orderId: string, paymentReference: string): Answer<Order> =>
    operator.ask('checkout.confirm', { orderId, paymentReference, idempotencyKey: newKey() }),
};
