import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const META_MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const TXN_ID_AT = 152;
const BYTES = 32_768;

/**
 * Returns the transactions that LMDB's meta pages name: the newest that a reader may see, and the newest on disk.
 * lmdb-js writes the latter to the second half of the first page after its sync. This reads LMDB's own state,
 * without Holdfast's code.
 */
export function committedAndFlushed(dir: string): { committed: number; flushed: number } {
  const bytes = Buffer.alloc(BYTES);
  const file = openSync(join(dir, 'data.mdb'), 'r');
  readSync(file, bytes, 0, BYTES, 0);
  closeSync(file);
  const pageSize = secondMagic(bytes) - MAGIC_AT;
  const idAt = (base: number) => Number(bytes.readBigUInt64LE(base + TXN_ID_AT));
  return { committed: Math.max(idAt(0), idAt(pageSize)), flushed: idAt(pageSize / 2) };
}

function secondMagic(bytes: Buffer): number {
  for (let at = MAGIC_AT + 4; at < BYTES; at += 4) if (bytes.readUInt32LE(at) === META_MAGIC) return at;
  throw new Error('no second meta page');
}
