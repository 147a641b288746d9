import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { Nothing, ShopInput } from '../../contract/inputs/inputs.ts';
import type { ShownShop } from '../../contract/outputs/shop-outputs.ts';

/** The names of other shops, which one shop keeps for the processes that serve them all. */
export interface ShopRegistry {
  /** Adds a shop. Refused `invalid_input` for a name that is taken, or above the maximum number of shops. */
  create: Mutation<ShopInput, ShownShop>;
  /** Suspends a shop, so that its calls are refused. Refused `unknown_shop`. */
  suspend: Mutation<ShopInput, ShownShop>;
  /** Ends a suspension. Refused `unknown_shop`. */
  resume: Mutation<ShopInput, ShownShop>;
  /** Returns all shops by their names. */
  list: Query<Nothing, { items: ShownShop[] }>;
  /** Returns a shop as this process knows it; null if it does not. `prepare` has to come before. */
  find(shop: string): ShownShop | null;
  /** Returns the shop whose keys and sessions have a tag; null if this process knows none. */
  shopOfTag(tag: string): string | null;
  /**
   * Returns null if `find` may decide now. Otherwise returns a promise that resolves when the shops have been read
   * again. It never rejects.
   */
  prepare(shop: string): Promise<void> | null;
  /** Like `prepare`, for `shopOfTag`. */
  prepareTag(tag: string): Promise<void> | null;
  /** Whether the last read of the shops has failed. */
  readonly isUncertain: boolean;
}
