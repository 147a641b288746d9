import type { Caller } from '../../../contract/calls/call.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { DataSeal } from '../../../transact/documents/data-seal.ts';
import type { Ids } from '../../../transact/documents/ids.ts';
import type { Store } from '../../../store/store.ts';
import type { Transactor } from '../../../transact/transactor.ts';
import type { ShopLocations } from '../../location/shop-locations.ts';
import type { CallerCaps } from './caller-caps.ts';
import type { PriceCache } from './price-cache.ts';
import type { Read, StockReader } from '../units/stock-reader.ts';

/** The parts that the services of one shop share. */
export interface ServiceParts {
  store: Store;
  transactor: Transactor;
  read: Read;
  reader: StockReader;
  prices: PriceCache;
  /** The locations of the shop. Wait for `locations.prepare` before each use. */
  locations: ShopLocations;
  settings: Settings;
  /** Returns the caps on the units that a caller may hold. */
  capsOf: (caller: Caller) => CallerCaps;
  /** Encrypts data that must not be readable in a copy of the store. */
  seal: DataSeal;
  /** Epoch milliseconds of this process. */
  now: () => number;
  ids: Ids;
}
