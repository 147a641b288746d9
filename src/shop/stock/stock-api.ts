import type {
  AdjustInput,
  ArchiveInput,
  AvailabilityInput,
  CountInput,
  DefineInput,
  HistoryInput,
  LevelInput,
  ReceiveInput,
  StockListInput,
  WriteOffInput,
} from '../../contract/inputs/inputs.ts';
import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { Availability, MovementPage, StockLevel, WrittenOff } from '../../contract/outputs/stock-outputs.ts';

/** Each call that names a location is refused `unknown_location` if the shop does not have it. */
export interface StockService {
  define: Mutation<DefineInput, StockLevel>;
  receive: Mutation<ReceiveInput, StockLevel>;
  adjust: Mutation<AdjustInput, StockLevel>;
  count: Mutation<CountInput, StockLevel>;
  /**
   * Omits a SKU from lists, availability and exports until it changes again. Its history and its level stay. Refused
   * `unknown_sku`, and `count_mismatch` while units are on hand at any location, because live holds and orders that
   * await payment need them.
   */
  archive: Mutation<ArchiveInput, StockLevel>;
  /**
   * Removes units that are damaged or stolen. With `takeFrom: 'newest_holds'` it ends the newest holds if too few units
   * are free: at most 500. Refused: `unknown_sku`, and `below_reserved` if too few units are free even then.
   */
  writeOff: Mutation<WriteOffInput, WrittenOff>;
  level: Query<LevelInput, StockLevel>;
  /**
   * Returns the SKUs that meet all given conditions, in lexical order. A call reads at most about 2,000 SKUs, so a page
   * with a `nextCursor` may have fewer items than `limit`, or none.
   */
  list: Query<StockListInput, Page<StockLevel>>;
  history: Query<HistoryInput, MovementPage>;
  availability: Query<AvailabilityInput, Availability[]>;
}
