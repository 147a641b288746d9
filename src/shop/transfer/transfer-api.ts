import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type {
  TransferCancelInput,
  TransferCreateInput,
  TransferDispatchInput,
  TransferGetInput,
  TransferReceiveInput,
  TransfersListInput,
} from '../../contract/inputs/transfer-inputs.ts';
import type { Transfer } from '../../contract/outputs/transfer-outputs.ts';

/**
 * Transfers of units between locations. Units in transit are at no location, so they cannot be bought. All changes
 * except `create` are refused `unknown_transfer`, and `transfer_state` in a status that does not allow them.
 */
export interface TransferService {
  /** Creates a draft, which takes no units. Refused: `invalid_input`, `unknown_location`, `unknown_sku`. */
  create: Mutation<TransferCreateInput, Transfer>;
  /**
   * Removes the units of all lines from the stock of `from`. Refused `insufficient_stock` if units of a line are
   * missing there, or are reserved or committed.
   */
  dispatch: Mutation<TransferDispatchInput, Transfer>;
  /**
   * Adds units that arrived to the stock of `to`, and notes which are lost. A transfer may arrive in several parts. It
   * ends as soon as no unit is in transit. Refused: `invalid_input` (units are lost without a reason), `unknown_sku`,
   * `exceeds_in_transit`, `stock_overflow`.
   */
  receive: Mutation<TransferReceiveInput, Transfer>;
  /** Ends a transfer. Units that are in transit return to the stock of `from`. Refused: `stock_overflow`. */
  cancel: Mutation<TransferCancelInput, Transfer>;
  /** Returns one transfer. Refused: `unknown_transfer`. */
  get: Query<TransferGetInput, Transfer>;
  /** Returns the newest transfers first. */
  list: Query<TransfersListInput, Page<Transfer>>;
}
