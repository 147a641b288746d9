import type { Money } from '../service/views.ts';

/** What a message of a payment provider means for an order. */
export interface PaymentNotice {
  orderId: string;
  /** `failed`: nothing will be paid; the stock goes back at once. A payment that comes nevertheless is a late one. */
  outcome: 'paid' | 'failed';
  /** The provider's own name for the payment, the same in every message about it: 1 to 255 characters. */
  paymentReference: string;
  /** What was asked of the buyer for the goods. Present: an order that costs more is not confirmed. */
  amount?: Money;
}

/** A payment provider: its messages arrive at `POST /payments/<name>`. */
export interface PaymentAdapter {
  /** 1 to 32 of a-z, 0-9 and -; also who did it, in the ledger. */
  readonly name: string;
  /**
   * What a message means; null: nothing that concerns an order. `body` is as it was sent, byte by byte, for its
   * signature. Throws `NotAuthentic` for a message that is not the provider's, or is too old to be taken.
   */
  read(body: string, headers: Headers): PaymentNotice | null | Promise<PaymentNotice | null>;
}

/** Anybody may have sent this: it is answered with 400, and nothing follows from it. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}
