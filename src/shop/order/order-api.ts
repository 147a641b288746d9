import type {
  AttachInput,
  BeginInput,
  CancelLineInput,
  CancelInput,
  ConfirmInput,
  FulfilInput,
  OrderGetInput,
  OrdersListInput,
  PageInput,
  PlaceInput,
  ReturnInput,
  SetLineQuantityInput,
} from '../../contract/inputs/inputs.ts';
import type { PurgeInput, RedactInput } from '../../contract/inputs/privacy-inputs.ts';
import type { LapseInput } from '../../contract/inputs/library-inputs.ts';
import type { Mutation, Query, OwnQuery } from '../../contract/calls/call.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

export interface CheckoutService {
  /** Sells the whole cart in one transaction. `call.idempotencyKey` is required. */
  place: Mutation<PlaceInput, Order>;
  /** Pins the cart's holds for the order until its payment is due. `call.idempotencyKey` is required. */
  begin: Mutation<BeginInput, Order>;
  /** Sets the payment session in which the buyer pays from now on. The failure of any other session changes nothing. */
  attachPayment: Mutation<AttachInput, Order>;
  /**
   * Records the payment. An order that is paid in time is sold. An order that is paid late is sold if all its units are
   * still available, and otherwise becomes `refund_due`.
   */
  confirm: Mutation<ConfirmInput, Order>;
  /** Cancels the order. Its holds are released or return to the cart. */
  cancel: Mutation<CancelInput, Order>;
  /**
   * Expires an order early because its payment failed. Unlike a cancelled order, it can still be paid late. An order
   * that does not await this payment does not change.
   */
  lapse: Mutation<LapseInput, Order>;
}

export interface OrderService {
  get: OwnQuery<OrderGetInput, Order>;
  list: Query<OrdersListInput, Page<Order>>;
  /** Returns the orders of the caller's session and of its customer, newest first. */
  mine: OwnQuery<PageInput, Page<Order>>;
  /** Takes back units, at most those dispatched and not returned yet. `call.idempotencyKey` is required. */
  return: Mutation<ReturnInput, Order>;
  /**
   * Dispatches units: they leave the stock. Refused: `unknown_order`, `order_state`, `unknown_sku` (no line of the
   * order), `exceeds_unfulfilled`.
   */
  fulfil: Mutation<FulfilInput, Order>;
  /**
   * Cancels units that have not left the stock; they are available again. The order is `cancelled` with its last unit,
   * or `fulfilled` if others were dispatched. Refused like `fulfil`.
   */
  cancelLine: Mutation<CancelLineInput, Order>;
  /**
   * Sets the units of a line that has units on hand. Refused like `fulfil`; for more units also `quantity_limit`,
   * `customer_required`, `insufficient_stock`, `limit_exceeded`.
   */
  setLineQuantity: Mutation<SetLineQuantityInput, Order>;
  /**
   * Deletes orders of a status that were created `olderThanMs` ago or earlier. The ledger keeps their movements.
   * Resolves with the number of deleted orders. A repeated call continues.
   */
  purge: Mutation<PurgeInput, { count: number }>;
  /**
   * Deletes the personal data of one order or of all orders of a customer: the contact and the network client. Resolves
   * with the number of changed orders. Refused: `unknown_order`.
   */
  redact: Mutation<RedactInput, { count: number }>;
}
