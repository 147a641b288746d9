import type {
  AttachInput,
  BeginInput,
  CancelInput,
  ConfirmInput,
  OrderGetInput,
  OrdersListInput,
  PageInput,
  PlaceInput,
  ReturnInput,
} from '../../contract/inputs.ts';
import type { LapseInput } from '../../contract/library-inputs.ts';
import type { Mutation, Query, OwnQuery } from '../../contract/call.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

export interface CheckoutService {
  /** Sells the whole cart in one transaction. `call.idempotencyKey` is required. */
  place: Mutation<PlaceInput, Order>;
  /** The cart's holds become the order's, until its payment is due. `call.idempotencyKey` is required. */
  begin: Mutation<BeginInput, Order>;
  /** Names the payment session in which the buyer pays from now on; a failure of any other one changes nothing. */
  attachPayment: Mutation<AttachInput, Order>;
  /** The order is paid: in time it is sold; late it is sold if all of it is still there, else it is `refund_due`. */
  confirm: Mutation<ConfirmInput, Order>;
  /** The order is off: its holds are released, or go back to the cart. */
  cancel: Mutation<CancelInput, Order>;
  /**
   * The payment has failed: the order is `expired` before its time. Unlike a cancelled one it can still be paid late.
   * An order that does not wait for this payment stays as it is.
   */
  lapse: Mutation<LapseInput, Order>;
}

export interface OrderService {
  get: OwnQuery<OrderGetInput, Order>;
  list: Query<OrdersListInput, Page<Order>>;
  /** The orders of the caller's session and of its customer, newest first. */
  mine: OwnQuery<PageInput, Page<Order>>;
  /** Units come back, at most what was sold and has not come back yet. `call.idempotencyKey` is required. */
  return: Mutation<ReturnInput, Order>;
}
