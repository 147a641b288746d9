import type {
  AdjustInput,
  ArchiveInput,
  CountInput,
  DefineInput,
  HistoryInput,
  PageInput,
  ReceiveInput,
} from '../../contract/inputs.ts';
import type { Mutation, Query } from '../../contract/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { Availability, MovementPage, StockLevel } from '../../contract/stock-outputs.ts';

export interface StockService {
  define: Mutation<DefineInput, StockLevel>;
  receive: Mutation<ReceiveInput, StockLevel>;
  adjust: Mutation<AdjustInput, StockLevel>;
  count: Mutation<CountInput, StockLevel>;
  /**
   * Omits a SKU from lists, availability and exports until it changes again. Its history and its level stay. Refused
   * `unknown_sku`, and `count_mismatch` while units are on hand, because live holds and orders that await payment need
   * them.
   */
  archive: Mutation<ArchiveInput, StockLevel>;
  level: Query<{ sku: string }, StockLevel>;
  list: Query<PageInput, Page<StockLevel>>;
  history: Query<HistoryInput, MovementPage>;
  availability: Query<{ skus: readonly string[] }, Availability[]>;
}
