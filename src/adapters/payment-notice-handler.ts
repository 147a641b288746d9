import { type Caller, systemCaller, type Refusal, type Result } from '../contract/calls/call.ts';
import type { Log } from '../transact/log.ts';
import type { Holdfast } from '../shop/holdfast-api.ts';
import type { Order, OrderLine } from '../contract/outputs/order-outputs.ts';
import type { PaymentNotice } from './payment-adapter.ts';
import type { Money } from '../contract/output-fields.ts';

/**
 * The result of a notice:
 * - `settled`: the order is in the state that the notice calls for.
 * - `unsettled`: another delivery cannot help. If money was taken, an operator has to refund it.
 * - `again`: another delivery of the same notice may succeed.
 * - `ignored`: the notice reports a failed payment of an order that is unknown or not waiting for it.
 */
export type Settlement =
  | { status: 'settled'; order: Order }
  | { status: 'unsettled'; reason: Refusal['reason'] | 'amount_mismatch' }
  | { status: 'again'; reason: Refusal['reason'] }
  | { status: 'ignored' };

/**
 * Applies the notices of payment adapters to orders. A notice may arrive several times and in any order; it has one
 * effect.
 */
export class PaymentNoticeHandler {
  readonly #holdfast: Pick<Holdfast, 'checkout' | 'orders'>;
  readonly #log: Log;

  constructor(holdfast: Pick<Holdfast, 'checkout' | 'orders'>, log: Log) {
    this.#holdfast = holdfast;
    this.#log = log;
  }

  /**
   * Applies a notice. `from` is the adapter's name, `requestId` the id of the provider's request. Rejects as the
   * services do if the store fails.
   */
  async handle(from: string, notice: PaymentNotice, requestId?: string): Promise<Settlement> {
    const caller = { ...systemCaller(from), requestId };
    const settlement = await (notice.outcome === 'paid' ? this.#paid(caller, notice) : this.#failed(caller, notice));
    const { orderId, paymentReference } = notice;
    if (settlement.status === 'unsettled') {
      const { reason } = settlement;
      this.#log.error(
        { from, orderId, paymentReference, reason, requestId },
        'a payment has to be refunded or checked',
      );
    }
    return settlement;
  }

  async #paid(caller: Caller, { orderId, paymentReference, amount }: PaymentNotice): Promise<Settlement> {
    const call = { caller };
    if (amount) {
      const order = await this.#holdfast.orders.get({ orderId }, call);
      if (order.ok && !paymentCovers(amount, order.value.lines))
        return { status: 'unsettled', reason: 'amount_mismatch' };
    }
    return settlementOf(await this.#holdfast.checkout.confirm({ orderId, paymentReference }, call));
  }

  /**
   * Lets the order expire instead of cancelling it, because the buyer may still pay late. If the order names another
   * payment, it keeps waiting for that payment.
   */
  async #failed(caller: Caller, notice: PaymentNotice): Promise<Settlement> {
    const { orderId, paymentReference, sessionReference = paymentReference } = notice;
    const input = {
      orderId,
      reason: `${caller.principal}: no payment`,
      paymentReferences: [paymentReference, sessionReference],
    };
    const settlement = settlementOf(await this.#holdfast.checkout.lapse(input, { caller }));
    return settlement.status === 'unsettled' ? { status: 'ignored' } : settlement;
  }
}

function settlementOf(result: Result<Order>): Settlement {
  if (result.ok) return { status: 'settled', order: result.value };
  const { reason } = result.refusal;
  return reason === 'conflict' ? { status: 'again', reason } : { status: 'unsettled', reason };
}

/**
 * Returns whether one payment covers every priced line of an order. The cost of a line without a price is unknown, so
 * an order without any price accepts every amount except 0. An amount of 0 pays only for an order whose total is 0. One
 * payment cannot cover prices in several currencies, or a sum beyond 2^53.
 */
export function paymentCovers(paid: Money, lines: readonly OrderLine[]): boolean {
  const priced = lines.flatMap(({ quantity, unitPrice }) => (unitPrice ? [{ quantity, ...unitPrice }] : []));
  if (paid.amount === 0 && priced.length < lines.length) return false;
  if (priced.some(({ currency }) => currency !== paid.currency)) return false;
  const due = priced.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0);
  return Number.isSafeInteger(due) && Number.isSafeInteger(paid.amount) && paid.amount >= due;
}
