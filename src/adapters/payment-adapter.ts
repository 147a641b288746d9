import type { Money } from '../contract/output-fields.ts';

/** The meaning of a payment provider's message for an order. */
export interface PaymentNotice {
  orderId: string;
  /**
   * `failed`: this payment will not come, so the stock is released at once. If it comes after all, it is a late
   * payment.
   */
  outcome: 'paid' | 'failed';
  /** The provider's id of the payment, the same in every message about it: 1 to 255 characters. */
  paymentReference: string;
  /** The provider's id of the buyer's payment session, if it differs from the payment's. */
  sessionReference?: string;
  /** The price of the goods that the buyer agreed to pay. The order is sold only if it covers the priced lines. */
  amount?: Money;
}

/** A message without an effect that is logged for the operator. */
export interface IgnoredMessage {
  /** The reason for the log: one sentence without secrets. */
  ignored: string;
}

/** A payment provider: its messages arrive at `POST /payments/<name>`. */
export interface PaymentAdapter {
  /** 1 to 32 of a-z, 0-9 and -. The ledger names it as the cause. */
  readonly name: string;
  /**
   * Returns the meaning of a message; null if it does not concern an order of this shop. `body` is exactly as it was
   * sent, because its bytes are signed. Throws `NotAuthentic` for a message that the provider did not send or that is
   * too old.
   */
  read(body: string, headers: Headers): PaymentReading | Promise<PaymentReading>;
}

export type PaymentReading = PaymentNotice | IgnoredMessage | null;

/** The message is not verifiably the provider's. It is answered with 400 and has no effect. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}
