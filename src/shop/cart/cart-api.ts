import type { CartAddInput, CartRemoveInput, CartSetInput, Nothing } from '../../contract/inputs/inputs.ts';
import type { CartMergeInput } from '../../contract/inputs/library-inputs.ts';
import type { Mutation, OwnQuery, Result } from '../../contract/calls/call.ts';
import type { Cart, CartAddition, CartMerge } from '../../contract/outputs/cart-outputs.ts';

export interface CartService {
  get: OwnQuery<Nothing, Cart>;
  add: Mutation<CartAddInput, CartAddition>;
  setQuantity: Mutation<CartSetInput, Cart>;
  remove: Mutation<CartRemoveInput, Cart>;
  /**
   * Empties the caller's own cart: `cart.clear` of the API. Releases its live holds and drops it. A sold hold does not
   * prevent that. `clear` is for the application: it names the cart, and chooses whether the holds are released.
   */
  empty: Mutation<Nothing, Cart>;
  /** Extends every live line, each at most to the end of its hold's lifetime. */
  extend: Mutation<Nothing, Cart>;
  /**
   * Moves the lines of another session's cart into the caller's. No unit becomes available to others on the way. Units
   * that do not fit are released and reported. Refused `invalid_input` for the caller's own cart and for another
   * customer's.
   */
  merge: Mutation<CartMergeInput, CartMerge>;
  /** Releases the line's hold exactly once and deletes the line. Refused `hold_not_active` after a consume. */
  releaseAndDeleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /** Deletes the line without releasing its hold: a live hold becomes detached and expires at its deadline. */
  deleteLine(cartId: string, sku: string): Promise<Result<Cart>>;
  /**
   * Deletes all lines of any cart and, by default, releases their holds. Then it is refused `hold_not_active` if one
   * was already released or consumed. Without `releaseReservations` the live holds become detached. `empty` is for
   * shoppers.
   */
  clear(cartId: string, options?: { releaseReservations?: boolean }): Promise<Result<Cart>>;
}
