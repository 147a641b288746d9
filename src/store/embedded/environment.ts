import { setTimeout } from 'node:timers/promises';
import { type Database, type Key, open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { type Row, rowEncoder } from './row-codec.ts';

const DATABASES_MAX = 32;

/**
 * Opens the LMDB environment in `dir`. `overlappingSync` lets the next transaction run while the last one is flushed, and
 * keeps a third meta page, written after the flush: a power cut goes back to that, never to pages that are not there.
 */
export function openEnvironment(dir: string): RootDatabase {
  const options: RootDatabaseOptionsWithPath = {
    path: dir,
    maxDbs: DATABASES_MAX,
    encoding: 'binary',
    overlappingSync: true,
    eventTurnBatching: false,
  };
  return open(options);
}

/** A database of rows. A value that is no row reads as null. */
export function openRows<K extends Key>(root: RootDatabase, name: string): Database<Row | null, K> {
  const options = { name, encoder: rowEncoder };
  return root.openDB<Row | null, K>(options);
}

/** A database whose entries are all in their keys. */
export function openIndex<K extends Key>(root: RootDatabase, name: string): Database<Buffer, K> {
  return root.openDB<Buffer, K>({ name, encoding: 'binary' });
}

/**
 * Flushes and closes. lmdb-js waits for the flush of the last commit, and for ever if that commit failed; an empty
 * transaction puts another one in its place. A disk that does not answer is left alone after `deadlineMs`.
 */
export async function closeEnvironment(root: RootDatabase, deadlineMs: number): Promise<void> {
  const closed = root
    .transaction(() => undefined)
    .catch(() => undefined)
    .then(() => root.close());
  await Promise.race([closed, setTimeout(deadlineMs, undefined, { ref: false })]);
}
