import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Database, type Key, open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { DamagedFile, HEAD_BYTES_MAX, safeMeta } from './meta-pages.ts';
import { FILE_MODE } from './own-files.ts';
import { type RowKey, Rows } from '../rows/rows.ts';
import { dataFileOf } from './shop-mark.ts';

const DATABASES_MAX = 32;

/** Options of lmdb-js 3.5 that its types lack; see its README and `EnvWrap::open`. */
interface UntypedOptions {
  safeRestore: boolean;
  permissionsMode: number;
}

/**
 * Opens the LMDB environment in `dir`. Everywhere but on Windows lmdb-js sets `overlappingSync`: the next transaction runs
 * while the last one is flushed, and a third meta page is written after each flush. With `safeRestore` an environment
 * always opens at that third page. Without it, lmdb-js opens the newest commit where the machine has not been booted
 * since, and relies on pages that a failed flush may have dropped.
 */
export function openEnvironment(dir: string): RootDatabase {
  demandDataFile(dataFileOf(dir));
  const options: RootDatabaseOptionsWithPath & UntypedOptions = {
    path: dir,
    // A dot in the directory's name would make lmdb-js take it for a file.
    noSubdir: false,
    maxDbs: DATABASES_MAX,
    encoding: 'binary',
    eventTurnBatching: false,
    safeRestore: true,
    permissionsMode: FILE_MODE,
  };
  return open(options);
}

/** Throws where something else than LMDB's data is in the file: lmdb-js 3.5 ends the process over such a file. */
export function demandDataFile(path: string): void {
  const head = headOf(path);
  if (head.length === 0) return;
  try {
    safeMeta(head);
  } catch (error) {
    throw error instanceof DamagedFile ? new Error(`${path} ${error.message}`, { cause: error }) : error;
  }
}

function headOf(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES_MAX);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES_MAX, 0));
  } finally {
    closeSync(file);
  }
}

export function openRows<K extends RowKey>(root: RootDatabase, name: string): Rows<K> {
  return new Rows(root, name);
}

/** A database whose entries are all in their keys. */
export function openIndex<K extends Key>(root: RootDatabase, name: string): Database<Buffer, K> {
  return root.openDB<Buffer, K>({ name, encoding: 'binary' });
}

/**
 * Handles the second rejection of a commit that fails: lmdb-js rejects the promise of the transaction, and a promise in
 * the property `commitError` of that error as well. Call it in the turn in which the transaction was asked for: where
 * nothing handles that promise in the turn of its rejection, Node ends the process, and its exit flushes the data.
 */
export function handleCommitError(committed: Promise<unknown>): void {
  committed.catch((error: Error & { commitError?: Promise<never> }) => error.commitError?.catch(() => undefined));
}

/**
 * Flushes and closes; resolves to whether it got there. lmdb-js waits for the flush of the last commit, and for ever if
 * that commit failed; an empty transaction puts another one in its place. A disk that does not answer is left alone after
 * `deadlineMs`.
 */
export async function closeEnvironment(root: RootDatabase, deadlineMs: number): Promise<boolean> {
  const committed = root.transaction(() => undefined);
  handleCommitError(committed);
  const closed = committed
    .catch(() => undefined)
    .then(() => root.close())
    .then(() => true);
  return Promise.race([closed, setTimeout(deadlineMs, false, { ref: false })]);
}
