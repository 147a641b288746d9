import type { Leadership } from './leadership.ts';
import type { Store } from './store.ts';

/** A consistent copy of a shop, until it is disposed of. */
export interface BackupCopy extends AsyncDisposable {
  /** An LMDB data file. `holdfast restore` makes a data directory of it. */
  file: string;
}

/** A store with what only some engines have. */
export interface OpenedStore {
  store: Store;
  /** Which process sweeps, where several share the store. */
  leadership?: Leadership;
  /** Makes a consistent copy of the shop while calls go on; absent where the store is not in this process. */
  backup?: () => Promise<BackupCopy>;
  /** Acknowledged writes that this process has found missing in the store. */
  lostSequences?: () => number;
}
