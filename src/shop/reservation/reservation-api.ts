import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type {
  ReservationCommitInput,
  ReservationCreateInput,
  ReservationExtendInput,
  ReservationFulfilInput,
  ReservationGetInput,
  ReservationReleaseInput,
  ReservationResizeInput,
  ReservationsListInput,
  ReservationTransferInput,
} from '../../contract/inputs/reservation-inputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';

/** Units that operators and their systems reserve, without a cart. All changes are refused `unknown_reservation`. */
export interface ReservationService {
  /**
   * Reserves units of several SKUs, all or none. Refused: `reservation_state` (another one has the reference),
   * `unknown_sku`, `insufficient_stock` with each line that lacks units, `limit_exceeded`.
   */
  create: Mutation<ReservationCreateInput, Reservation>;
  get: Query<ReservationGetInput, Reservation>;
  /** Returns the newest reservations first. */
  list: Query<ReservationsListInput, Page<Reservation>>;
  /** Moves the deadline of a reserved one to a later time. Refused: `reservation_state`. */
  extend: Mutation<ReservationExtendInput, Reservation>;
  /**
   * Sets the units of lines in one step, up and down. Refused: `reservation_state`, `exceeds_unfulfilled` (fewer than
   * were dispatched or released), and for more units as `create`.
   */
  resize: Mutation<ReservationResizeInput, Reservation>;
  /** Sells the units, which stay on hand until they are dispatched. Refused: `reservation_state`. */
  commit: Mutation<ReservationCommitInput, Reservation>;
  /**
   * Dispatches units of a committed one: they leave the stock. Refused: `reservation_state`, `unknown_sku` (no line of
   * it), `exceeds_unfulfilled`.
   */
  fulfil: Mutation<ReservationFulfilInput, Reservation>;
  /** Makes units available again. Refused like `fulfil`. */
  release: Mutation<ReservationReleaseInput, Reservation>;
  /** Changes its reference. Refused: `reservation_state` (it has ended, or another one has the reference). */
  transfer: Mutation<ReservationTransferInput, Reservation>;
}
