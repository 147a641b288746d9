import type { Leadership } from './leadership.ts';
import type { Store } from './store.ts';

/** A consistent copy of a shop, until it is disposed of. */
export interface BackupCopy extends AsyncDisposable {
  /** The path of an LMDB data file. `holdfast restore` creates a data directory from it. */
  file: string;
}

/** Counts that the processes of a shop share. They expire after two minutes. */
export interface SharedCounter {
  /** Adds to a count. Resolves with the sum of all processes. Rejects while the store is unavailable. */
  add(name: string, calls: number): Promise<number>;
}

/** Short-lived notes that the processes of a shop leave for each other. They are hints: some may be lost. */
export interface SharedNotes {
  /** Adds a note, and forgets those that are older than `keepMs`. Rejects while the store is unavailable. */
  add(note: string, keepMs: number): Promise<void>;
  /** Returns the next notes after a position, oldest first; null: from the oldest. Rejects like `add`. */
  after(position: string | null): Promise<{ position: string; note: string }[]>;
}

/** A store with the features that only some engines have. */
export interface OpenedStore {
  store: Store;
  /** Elects the process that sweeps; absent where only one process opens the store. */
  leadership?: Leadership;
  /** Shares counts between processes; absent where only one process opens the store. */
  sharedCounter?: SharedCounter;
  /** Shares notes between processes; absent where only one process opens the store. */
  sharedNotes?: SharedNotes;
  /** Creates a consistent copy of the shop without stopping calls; absent where the store is not in this process. */
  backup?: () => Promise<BackupCopy>;
  /** Returns how many acknowledged writes this process has found missing in the store. */
  lostSequences?: () => number;
}
