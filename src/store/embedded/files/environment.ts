import { closeSync, existsSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Database, Key, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import { open } from './lmdb.ts';
import { DamagedFile, readHead, safeMeta } from './meta-pages.ts';
import { FILE_MODE } from './own-files.ts';
import { type RowKey, Rows } from '../rows/rows.ts';
import { dataFileOf } from './shop-mark.ts';

const DATABASES_MAX = 32;

/** Options of lmdb-js 3.5 that are missing in its types; see its README and `EnvWrap::open`. */
interface UntypedOptions {
  safeRestore: boolean;
  permissionsMode: number;
}

/**
 * Opens the LMDB environment in `dir`. Except on Windows, lmdb-js sets `overlappingSync`: the next transaction runs
 * while the last one is flushed, and a third meta page is written after each flush. With `safeRestore` an environment
 * always opens at that third page. Without it, lmdb-js opens the newest commit if the machine has not been rebooted
 * since, and relies on pages that a failed flush may have dropped.
 */
export function openEnvironment(dir: string): RootDatabase {
  assertDataFile(dataFileOf(dir));
  const options: RootDatabaseOptionsWithPath & UntypedOptions = {
    path: dir,
    // Without this, lmdb-js takes a directory for a file if its name contains a dot.
    noSubdir: false,
    maxDbs: DATABASES_MAX,
    encoding: 'binary',
    eventTurnBatching: false,
    safeRestore: true,
    permissionsMode: FILE_MODE,
  };
  return open(options);
}

/** Throws where the file is not an LMDB data file, because lmdb-js 3.5 ends the process over such a file. */
export function assertDataFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const head = readHead(file);
    if (head.length > 0) safeMeta(head);
  } catch (error) {
    throw error instanceof DamagedFile ? new Error(`${path} ${error.message}`, { cause: error }) : error;
  } finally {
    closeSync(file);
  }
}

export function openRows<K extends RowKey>(root: RootDatabase, name: string): Rows<K> {
  return new Rows(root, name);
}

/** Opens a database whose entries have only keys. */
export function openIndex<K extends Key>(root: RootDatabase, name: string): Database<Buffer, K> {
  return root.openDB<Buffer, K>({ name, encoding: 'binary' });
}

/**
 * Handles the second rejection of a failed commit: lmdb-js rejects the promise of the transaction, and also a promise
 * in the property `commitError` of that error. Call it in the turn in which the transaction was requested: if nothing
 * handles that promise in the turn of its rejection, Node ends the process, and its exit flushes the data.
 */
export function handleCommitError(committed: Promise<unknown>): void {
  // The caller that awaits `committed` receives the error. This only marks both promises as handled.
  committed.catch((error: Error & { commitError?: Promise<never> }) => error.commitError?.catch(() => undefined));
}

/**
 * Flushes and closes the environment. Resolves to false if the disk did not respond within `deadlineMs`. lmdb-js waits
 * for the flush of the last commit, and forever if that commit failed; so an empty transaction becomes the last one.
 */
export async function closeEnvironment(root: RootDatabase, deadlineMs: number): Promise<boolean> {
  const committed = root.transaction(() => undefined);
  handleCommitError(committed);
  const closed = committed
    // A failed commit has been reported to its callers. The environment has to be closed all the same.
    .catch(() => undefined)
    // lmdb-js resets its read transaction in a timer, and throws there if the environment is closed by then.
    .then(() => setTimeout(0))
    .then(() => root.close())
    .then(() => true);
  return Promise.race([closed, setTimeout(deadlineMs, false, { ref: false })]);
}
