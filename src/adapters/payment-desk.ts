import type { Call } from '../contract/inputs.ts';
import type { Log } from '../transact/log.ts';
import type { Refusal, Result } from '../contract/refusals.ts';
import type { Holdfast } from '../shop/holdfast-api.ts';
import type { Order } from '../contract/views.ts';
import { covers } from './coverage.ts';
import type { PaymentNotice } from './payment-adapter.ts';

/**
 * What became of a notice. `settled`: the order stands as it should. `unsettled`: telling it again helps nobody; where
 * money was taken, somebody has to give it back. `again`: the same notice may do better later. `ignored`: it
 * says that nothing is paid of an order that nobody knows.
 */
export type Settlement =
  | { status: 'settled'; order: Order }
  | { status: 'unsettled'; reason: Refusal['reason'] | 'amount_mismatch' }
  | { status: 'again'; reason: Refusal['reason'] }
  | { status: 'ignored' };

/** Settles what adapters tell. A notice may come any number of times and in any order: it has one effect. */
export class PaymentDesk {
  readonly #holdfast: Pick<Holdfast, 'checkout' | 'orders'>;
  readonly #log: Log;

  constructor(holdfast: Pick<Holdfast, 'checkout' | 'orders'>, log: Log) {
    this.#holdfast = holdfast;
    this.#log = log;
  }

  /** `from` is the adapter's name. Throws as the services do, when the store does not serve. */
  async settle(from: string, notice: PaymentNotice): Promise<Settlement> {
    const settlement = await (notice.outcome === 'paid' ? this.#paid(from, notice) : this.#failed(from, notice));
    const { orderId, paymentReference } = notice;
    if (settlement.status === 'unsettled') {
      const { reason } = settlement;
      this.#log.error({ from, orderId, paymentReference, reason }, 'a payment has to be given back, or looked at');
    }
    return settlement;
  }

  async #paid(from: string, { orderId, paymentReference, amount }: PaymentNotice): Promise<Settlement> {
    const call = callOf(from);
    if (amount) {
      const order = await this.#holdfast.orders.get({ orderId }, call);
      if (order.ok && !covers(amount, order.value.lines)) return { status: 'unsettled', reason: 'amount_mismatch' };
    }
    return settlementOf(await this.#holdfast.checkout.confirm({ orderId, paymentReference }, call));
  }

  /** The order is not cancelled but expires: the buyer may still pay it late. It waits on if it names another payment. */
  async #failed(from: string, notice: PaymentNotice): Promise<Settlement> {
    const { orderId, paymentReference, sessionReference = paymentReference } = notice;
    const input = {
      orderId,
      reason: `${from}: no payment`,
      paymentReferences: [paymentReference, sessionReference],
    };
    const settlement = settlementOf(await this.#holdfast.checkout.lapse(input, callOf(from)));
    return settlement.status === 'unsettled' ? { status: 'ignored' } : settlement;
  }
}

const callOf = (principal: string): Call => ({
  caller: { kind: 'operator', principal, cartId: null, customer: null },
});

function settlementOf(result: Result<Order>): Settlement {
  if (result.ok) return { status: 'settled', order: result.value };
  const { reason } = result.refusal;
  return reason === 'conflict' ? { status: 'again', reason } : { status: 'unsettled', reason };
}
