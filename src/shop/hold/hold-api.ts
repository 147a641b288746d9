import type { EndHoldInput, HoldReleaseInput, HoldsListInput, ReserveInput } from '../../contract/inputs.ts';
import type { Mutation, Query } from '../../contract/operations.ts';
import type { Hold, Page, StockLevel } from '../../contract/views.ts';

export interface HoldService {
  list: Query<HoldsListInput, Page<Hold>>;
  release: Mutation<HoldReleaseInput, StockLevel>;
}

/** Holds of the library's own, outside any cart. */
export interface InventoryService {
  reserve: Mutation<ReserveInput, Hold>;
  release: Mutation<EndHoldInput, StockLevel>;
  consume: Mutation<EndHoldInput, StockLevel>;
}
