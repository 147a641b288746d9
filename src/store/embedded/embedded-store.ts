import { resolve } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { ClockNotice } from '../time/clock-notices.ts';
import { type Monotonic, SYSTEM_MONOTONIC } from '../time/monotonic.ts';
import { SteadyClock } from '../time/steady-clock.ts';
import { migrationNotice } from '../record-format.ts';
import { StoreError } from '../store.ts';
import { readClockRow } from './clock-row.ts';
import { CommitMarker } from './commit/commit-marker.ts';
import { DataDirectory, type OpenedFiles } from './data-directory.ts';
import { EmbeddedStore } from './embedded-engine.ts';
import { EmbeddedTime } from './embedded-time.ts';
import { closeEnvironment, openEnvironment } from './files/environment.ts';
import { GroupCommit } from './commit/group-commit.ts';
import { DISK_CLOSE_MS_MAX } from './orderly-end.ts';
import { assertOwner, claimData, raiseEpoch, readRun, readShopState, writeRun } from './tables/shop-state.ts';
import { openTables, type Tables } from './tables/tables.ts';

export interface EmbeddedStoreOptions {
  /** Created if it is missing. Belongs to one process at a time, and to one shop. */
  dir: string;
  shop: string;
  /** Epoch milliseconds; for tests. */
  clock?: () => number;
  /** With `clock`: its steps are absorbed like those of the system clock. Default: shop time follows every step. */
  monotonic?: Monotonic;
  /** Called with each clock notice. Default: the message goes to `warn`. */
  onClockNotice?: (notice: ClockNotice) => void;
  /** Every call settles within this time, even when the disk does not respond. Default 10,000. */
  deadlineMs?: number;
  /** Called with warnings for operators, such as ledger entries that cannot be decoded. */
  warn?: (line: string) => void;
  /** Called with the reason when the shop stops until it is reopened, such as a data file that was deleted. */
  alarm?: (line: string) => void;
  /**
   * Called once when a flush has failed. The store rejects every call from then on, and unacknowledged writes may be
   * lost. The process should end soon, by SIGKILL: an orderly exit makes lmdb-js flush, and that flush would seem to
   * succeed.
   */
  onFatal?: (error: StoreError) => void;
  /**
   * Takes over the data of a backup or another copy. It may be a copy of a directory in use, which is refused
   * otherwise. A new epoch begins, so that no sequence of the lost writes is used again.
   */
  takeOver?: boolean;
}

const WRITE_DEADLINE_MS = 10_000;

/**
 * Opens the shop's data in `dir`. Rejects with `StoreError`: `locked` where another process holds the directory (the
 * message names the lock file and the process); `unavailable` where it cannot be used, holds another shop, is damaged,
 * is a copy of a directory in use, or has lost its data (the message has the remedy).
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dir, takeOver = false } = options;
  const directory = await DataDirectory.hold(dir, { takeOver }).catch((error: unknown) => rejectDirectory(dir, error));
  try {
    return await openHeld(options, directory);
  } catch (error) {
    await directory.release();
    return rejectDirectory(dir, error);
  }
}

async function openHeld(options: EmbeddedStoreOptions, directory: DataDirectory): Promise<EmbeddedStore> {
  const { dir, shop, takeOver = false, warn = () => undefined } = options;
  const root = openEnvironment(dir);
  try {
    // In one transaction: otherwise each opened or created database would be a commit, and a flush, of its own.
    const tables = root.transactionSync(() => openTables(root));
    const { meta } = tables;
    assertOwner(meta, shop);
    const files = directory.begin(shop, readRun(meta), { takeOver });
    const marker = new CommitMarker(meta);
    const commits = groupCommit(options, root, marker, files);
    let migratedFrom: number | null = null;
    await commits.run(() => {
      migratedFrom = claimData(tables, shop);
      writeRun(meta, { run: files.run, isOpen: true });
      if (takeOver) raiseEpoch(meta, (options.clock ?? Date.now)());
    });
    files.watch.start((problem) => {
      commits.freeze(frozen(problem));
    });
    if (migratedFrom !== null) warn(migrationNotice(migratedFrom));
    if (directory.isNew) warn(`no shop was found in ${resolve(dir)}, a new one begins`);
    const time = openTime(options, tables, warn);
    return new EmbeddedStore({ shop, dir, tables, commits, marker, directory, files, time, warn });
  } catch (error) {
    await closeEnvironment(root, DISK_CLOSE_MS_MAX);
    throw error;
  }
}

function openTime(options: EmbeddedStoreOptions, { meta, ageing }: Tables, warn: (line: string) => void): EmbeddedTime {
  const { clock, onClockNotice: notify = ({ message }: ClockNotice) => warn(message) } = options;
  const monotonic = options.monotonic ?? (clock ? null : SYSTEM_MONOTONIC);
  const kept = readClockRow(meta);
  ageing.load(kept.ageing);
  const steady = new SteadyClock({ wall: clock ?? Date.now, monotonic, offset: kept.offset, notify });
  // Now, so that clock problems are reported before the shop serves.
  steady.now(readShopState(meta).at);
  return new EmbeddedTime({ meta, ageing, clock: steady, kept: { ...kept, ageing: ageing.row } });
}

function groupCommit(
  { deadlineMs = WRITE_DEADLINE_MS, alarm, onFatal }: EmbeddedStoreOptions,
  root: RootDatabase,
  marker: CommitMarker,
  { watch, flushedMeta }: OpenedFiles,
): GroupCommit {
  const commits: GroupCommit = new GroupCommit({
    root,
    marker,
    deadlineMs,
    flushedMeta,
    problem: () => {
      const problem = watch.problem();
      return problem === null ? null : frozen(problem);
    },
    onBroken: (error) => {
      if (commits.isFlushLost) onFatal?.(error);
      else alarm?.(error.message);
    },
  });
  return commits;
}

const frozen = (problem: string): string =>
  `${problem}: nothing is acknowledged any more; put the file back, or restore a backup, and restart`;

/** Throws the error, with the directory in its message. */
function rejectDirectory(dir: string, error: unknown): never {
  if (error instanceof StoreError) throw error;
  const { message } = error as Error;
  throw new StoreError('unavailable', `the data directory ${dir} cannot be used: ${message}`, { cause: error });
}
