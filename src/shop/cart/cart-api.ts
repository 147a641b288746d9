import type { CartAddInput, CartMergeInput, CartRemoveInput, CartSetInput, Nothing } from '../../contract/inputs.ts';
import type { Mutation, OwnQuery } from '../../contract/operations.ts';
import type { Result } from '../../contract/refusals.ts';
import type { Cart, CartAddition, CartMerge } from '../../contract/views.ts';

export interface CartService {
  get: OwnQuery<Nothing, Cart>;
  add: Mutation<CartAddInput, CartAddition>;
  setQuantity: Mutation<CartSetInput, Cart>;
  remove: Mutation<CartRemoveInput, Cart>;
  /** The wire's `cart.clear`: releases what is held. */
  empty: Mutation<Nothing, Cart>;
  /** Renews the deadline of every live line, each at most to the end of its hold's life. */
  extend: Mutation<Nothing, Cart>;
  /**
   * Moves the lines of another session's cart into the caller's. No unit becomes available to others on the way; what
   * does not fit is released, and told. Refused `invalid_input` for the caller's own cart and for another customer's.
   */
  merge: Mutation<CartMergeInput, CartMerge>;
  /** Releases the line's hold, exactly once, and deletes the line. Refused `hold_not_active` after a consume. */
  releaseAndDeleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /** Deletes the line and never releases: a live hold becomes detached and ends by its deadline. */
  deleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /** Deletes all lines, by default releasing their holds. Refused `hold_not_active` where one was consumed. */
  clear(cartId: string, options?: { releaseReservations?: boolean }): Promise<Result<Cart>>;
}
