import { plan } from './plan.ts';
import { type Answer, ask, type Call, newKey } from './wire.ts';
import type { InputOf, Order, OutputOf, Path } from './wire-types.ts';

const headers = { authorization: `Bearer ${plan.operatorKey}` };

/** The shop's own side of the counter. */
export const operator = {
  ask: <P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> => ask(operator.call(path, input)),

  /** For `together`. */
  call: <P extends Path>(path: P, input: InputOf<P>): Call<P> => ({ path, input, headers }),

  confirm: (orderId: string, paymentReference: string): Answer<Order> =>
    operator.ask('checkout.confirm', { orderId, paymentReference, idempotencyKey: newKey() }),
};
