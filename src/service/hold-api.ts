import type { EndHoldInput, HoldReleaseInput, HoldsListInput, ReserveInput } from './inputs.ts';
import type { Mutation, Query } from './operations.ts';
import type { Hold, Page, StockLevel } from './views.ts';

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
