import type {
  HoldReleaseInput,
  HoldsListInput,
  HoldsReleaseWhereInput,
  HoldsTopInput,
} from '../../contract/inputs/inputs.ts';
import type { EndHoldInput, ReserveInput } from '../../contract/inputs/library-inputs.ts';
import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { Hold, ReleasedHolds, StockLevel, TopHolders } from '../../contract/outputs/stock-outputs.ts';

export interface HoldService {
  list: Query<HoldsListInput, Page<Hold>>;
  release: Mutation<HoldReleaseInput, StockLevel>;
  /**
   * Releases all live holds that meet the conditions. Carts lose their lines, and report them as lost. Orders that
   * await payment become `expired`, but only if `session` or `client` is given. Refused `invalid_input` without a
   * condition. If `holdIds` is given, the answer lists those that were not released.
   */
  releaseWhere: Mutation<HoldsReleaseWhereInput, ReleasedHolds>;
  /** Returns the holders with the most units of a SKU. */
  top: Query<HoldsTopInput, TopHolders>;
}

/** Holds outside any cart, for users of the library. */
/** A hold with a deadline. */
export interface TimedHold extends Hold {
  expiresAt: number;
}

export interface InventoryService {
  reserve: Mutation<ReserveInput, TimedHold>;
  release: Mutation<EndHoldInput, StockLevel>;
  consume: Mutation<EndHoldInput, StockLevel>;
}
