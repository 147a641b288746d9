import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Database, type Key, open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { type Row, rowEncoder } from './row-codec.ts';

const DATABASES_MAX = 32;

/** Options of lmdb-js 3.5 that its types lack; see its README and `EnvWrap::open`. */
interface UntypedOptions {
  safeRestore: boolean;
}

/**
 * Opens the LMDB environment in `dir`. Everywhere but on Windows lmdb-js sets `overlappingSync`: the next transaction runs
 * while the last one is flushed, and a third meta page is written after each flush. With `safeRestore` an environment
 * always opens at that third page. Without it, lmdb-js opens the newest commit where the machine has not been booted
 * since, and relies on pages that a failed flush may have dropped.
 */
export function openEnvironment(dir: string): RootDatabase {
  demandDataFile(join(dir, 'data.mdb'));
  const options: RootDatabaseOptionsWithPath & UntypedOptions = {
    path: dir,
    // A dot in the directory's name would make lmdb-js take it for a file.
    noSubdir: false,
    maxDbs: DATABASES_MAX,
    encoding: 'binary',
    eventTurnBatching: false,
    safeRestore: true,
  };
  return open(options);
}

const META_BYTES = 32;
const MAGIC_AT = 24;
const MAGIC = 0xbeefc0de;

/** Throws where something else than LMDB's data stands in the file: lmdb-js 3.5 ends the process over such a file. */
export function demandDataFile(path: string): void {
  const head = headOf(path);
  if (head.length === 0) return;
  if (head.length < META_BYTES || head.readUInt32LE(MAGIC_AT) !== MAGIC) throw new Error(`${path} is no LMDB file`);
}

function headOf(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(META_BYTES);
    return head.subarray(0, readSync(file, head, 0, META_BYTES, 0));
  } finally {
    closeSync(file);
  }
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
