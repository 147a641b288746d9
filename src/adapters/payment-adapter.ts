import type { Money } from '../contract/views.ts';

/** What a message of a payment provider means for an order. */
export interface PaymentNotice {
  orderId: string;
  /** `failed`: this payment will not come; the stock goes back at once. A payment that comes nevertheless is a late one. */
  outcome: 'paid' | 'failed';
  /** The provider's own name for the payment, the same in every message about it: 1 to 255 characters. */
  paymentReference: string;
  /** The provider's name for the session in which the buyer pays, where that is not the payment's. */
  sessionReference?: string;
  /** The price of the goods that the buyer agreed to pay. It has to cover the order's priced lines, or nothing is sold. */
  amount?: Money;
}

/** A message that an operator may want to see, although nothing follows from it. */
export interface IgnoredMessage {
  /** Why, for the log: one sentence without secrets. */
  ignored: string;
}

/** A payment provider: its messages arrive at `POST /payments/<name>`. */
export interface PaymentAdapter {
  /** 1 to 32 of a-z, 0-9 and -; also who did it, in the ledger. */
  readonly name: string;
  /**
   * Returns what a message means; null where it does not concern an order of this shop. `body` is as it was sent, byte
   * by byte, for its signature. Throws `NotAuthentic` for a message that is not the provider's, or is too old.
   */
  read(body: string, headers: Headers): PaymentReading | Promise<PaymentReading>;
}

export type PaymentReading = PaymentNotice | IgnoredMessage | null;

/** Anybody may have sent this: it is answered with 400, and nothing follows from it. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}
