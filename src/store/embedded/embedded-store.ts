import { mkdirSync } from 'node:fs';
import type { ClockNotice } from '../clock-notices.ts';
import { type Monotonic, SYSTEM_MONOTONIC } from '../monotonic.ts';
import { SteadyClock } from '../steady-clock.ts';
import { StoreError } from '../store.ts';
import { readClockRow } from './clock-row.ts';
import { CommitMarker } from './commit-marker.ts';
import { DirectoryLock } from './directory-lock.ts';
import { CLOSE_MS_MAX, EmbeddedStore } from './embedded-engine.ts';
import { EmbeddedTime } from './embedded-time.ts';
import { closeEnvironment, openEnvironment } from './environment.ts';
import { GroupCommit } from './group-commit.ts';
import { claimDirectory } from './shop-state.ts';
import { openTables, type Tables } from './tables.ts';

export interface EmbeddedStoreOptions {
  /** Made if it is not there. Belongs to one process at a time, and to one shop. */
  dir: string;
  shop: string;
  /** Epoch milliseconds; for tests. */
  clock?: () => number;
  /** With `clock`: has steps of it absorbed as those of the system's clock are. Default: it is followed wherever it goes. */
  monotonic?: Monotonic;
  /** Called with what an operator should know of time. Default: the message goes to `warn`. */
  onClockNotice?: (notice: ClockNotice) => void;
  /** Within this every `apply` and `reclaim` settles, even on a disk that no longer answers. Default 10,000. */
  deadlineMs?: number;
  /** Told what an operator should know, such as ledger entries that cannot be decoded. */
  warn?: (line: string) => void;
}

const DEFAULT_DEADLINE_MS = 10_000;

/**
 * Opens the shop's data in `dir`. Rejects with `StoreError`: `locked` where another process holds the directory (the
 * message names the lock file and the process), `unavailable` where it cannot be used or holds another shop.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dir } = options;
  const lock = usable(dir, () => {
    mkdirSync(dir, { recursive: true });
    return DirectoryLock.take(dir);
  });
  try {
    return await openHeld(options, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openHeld(options: EmbeddedStoreOptions, lock: DirectoryLock): Promise<EmbeddedStore> {
  const { dir, shop, deadlineMs = DEFAULT_DEADLINE_MS, warn = () => undefined } = options;
  const root = usable(dir, () => openEnvironment(dir));
  try {
    // In one transaction: each database that is opened or made would else be a commit, and a flush, of its own.
    const tables = usable(dir, () => root.transactionSync(() => openTables(root)));
    const marker = new CommitMarker(tables.meta);
    const commits = new GroupCommit({ root, marker, deadlineMs });
    // The flush of this one also covers what a killed process had committed and not flushed.
    await commits.run(() => claimDirectory(tables.meta, shop));
    const time = usable(dir, () => openTime(options, tables, warn));
    return new EmbeddedStore({ shop, tables, commits, marker, lock, time, warn });
  } catch (error) {
    await closeEnvironment(root, CLOSE_MS_MAX);
    throw error;
  }
}

function openTime(options: EmbeddedStoreOptions, { meta, ageing }: Tables, warn: (line: string) => void): EmbeddedTime {
  const { clock, onClockNotice: notify = ({ message }: ClockNotice) => warn(message) } = options;
  const monotonic = options.monotonic ?? (clock ? null : SYSTEM_MONOTONIC);
  const kept = readClockRow(meta);
  ageing.load(kept.ageing);
  const steady = new SteadyClock({ wall: clock ?? Date.now, monotonic, offset: kept.offset, notify });
  return new EmbeddedTime({ meta, ageing, clock: steady, kept: { ...kept, ageing: ageing.row } });
}

function usable<T>(dir: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const { message } = error as Error;
    throw new StoreError('unavailable', `the data directory ${dir} cannot be used: ${message}`, { cause: error });
  }
}
