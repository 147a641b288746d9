import { readSync } from 'node:fs';

/**
 * The head of an LMDB data file, in the layout of lmdb-js 3.5 (`MDB_page_header`, `MDB_meta` in its mdb.c, data version
 * 2, little endian). There are two full meta pages, which commits write alternately, and one in the second half of the
 * first page, which is written after each flush.
 */

/** A shorter file cannot have two meta pages of any page size that LMDB supports. */
const HEAD_BYTES_MIN = 512;
/** Both meta pages of the largest page size. */
const HEAD_BYTES_MAX = 2 * 65_536;

export const PAGE_HEADER_BYTES = 24;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const FLAGS_AT = 18;
const IS_META = 0x08;
/** In a meta page's flags: committed, and not yet known to be flushed. */
const IS_UNFLUSHED = 0x1000;

/** The offsets of the fields of a meta page, from the beginning of its page. */
const AT = { magic: 24, version: 28, pageBytes: 48, flags: 52, free: 48, main: 96, lastPage: 144, transaction: 152 };

/** The bytes that LMDB writes after each flush: from the map size to the boot id. */
export const FLUSHED_META = { at: 40, bytes: 128 } as const;

/** A tree of pages: its root, or null where it is empty, and the number of entries that it claims to have. */
export interface Tree {
  root: number | null;
  entries: number;
}

export interface Meta {
  pageBytes: number;
  lastPage: number;
  transaction: number;
  free: Tree;
  main: Tree;
  isFlushed: boolean;
}

/** Thrown for a damaged data file. The message is for operators. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/** Returns the beginning of a file with all meta pages. */
export function readHead(file: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES_MAX);
  return head.subarray(0, readSync(file, head, 0, HEAD_BYTES_MAX, 0));
}

/**
 * Returns the meta page that LMDB opens with `safeRestore`: the last one that was flushed. Throws `DamagedFile` where
 * the file does not begin like an LMDB file.
 */
export function safeMeta(head: Buffer): Meta {
  if (head.length < HEAD_BYTES_MIN || head.readUInt32LE(AT.magic) !== MAGIC)
    throw new DamagedFile('is not an LMDB file');
  const pageBytes = head.readUInt32LE(AT.pageBytes);
  const isSize = pageBytes >= HEAD_BYTES_MIN / 2 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if (!isSize) throw new DamagedFile('is damaged: its first meta page is not readable');
  if (head.length < 2 * pageBytes) throw new DamagedFile('was cut short: its meta pages are not there');
  for (const base of [0, pageBytes]) assertMeta(head, base);
  const [first, second] = [metaAt(head, 0, pageBytes), metaAt(head, pageBytes, pageBytes)];
  const flushed = metaAt(head, pageBytes / 2, pageBytes);
  return picked(picked(first, second), flushed);
}

function assertMeta(head: Buffer, base: number): void {
  const isMeta = (head.readUInt16LE(base + FLAGS_AT) & IS_META) !== 0;
  const isKnown =
    head.readUInt32LE(base + AT.magic) === MAGIC && (head.readUInt16LE(base + AT.version) & 0xffff) === VERSION;
  if (!isMeta || !isKnown) throw new DamagedFile(`is damaged: page ${base === 0 ? 0 : 1} is not a meta page`);
}

/**
 * Chooses between two pages as `mdb_pick_meta` does when an environment is opened. Ignores a page that was never
 * written.
 */
function picked(a: Meta, b: Meta): Meta {
  if (b.transaction === 0) return a;
  const latest = a.transaction >= b.transaction ? a : b;
  if (latest.isFlushed) return latest;
  return a.transaction > b.transaction ? b : a;
}

function metaAt(head: Buffer, base: number, pageBytes: number): Meta {
  return {
    pageBytes,
    lastPage: Number(head.readBigUInt64LE(base + AT.lastPage)),
    transaction: Number(head.readBigUInt64LE(base + AT.transaction)),
    free: treeAt(head, base + AT.free),
    main: treeAt(head, base + AT.main),
    isFlushed: (head.readUInt16LE(base + AT.flags) & IS_UNFLUSHED) === 0,
  };
}

export const TREE_BYTES = 48;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** Reads the description of a tree (`MDB_db`). */
export function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return { root: root === NO_PAGE ? null : Number(root), entries: Number(bytes.readBigUInt64LE(at + 32)) };
}
