import type { HoldReleaseInput, HoldsListInput } from '../../contract/inputs.ts';
import type { EndHoldInput, ReserveInput } from '../../contract/library-inputs.ts';
import type { Mutation, Query } from '../../contract/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { Hold, StockLevel } from '../../contract/stock-outputs.ts';

export interface HoldService {
  list: Query<HoldsListInput, Page<Hold>>;
  release: Mutation<HoldReleaseInput, StockLevel>;
}

/** Holds outside any cart, for users of the library. */
export interface InventoryService {
  reserve: Mutation<ReserveInput, Hold>;
  release: Mutation<EndHoldInput, StockLevel>;
  consume: Mutation<EndHoldInput, StockLevel>;
}
