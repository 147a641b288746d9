import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  DamagedFile,
  type Meta,
  PAGE_HEADER_BYTES,
  readHead,
  safeMeta,
  type Tree,
  TREE_BYTES,
  treeAt,
} from './meta-pages.ts';

const IS = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const;
/** Flags of an entry: its value is on overflow pages, or is the root of another tree. */
const VALUE_IS = { large: 0x01, tree: 0x02 } as const;
const NODE_BYTES = 8;
const LARGE_BYTES = 24;
const DEPTH_MAX = 64;
const LARGE_LEVEL = DEPTH_MAX + 1;
/** A compact copy has this transaction on all pages except those of large values, which keep their own transaction. */
const COPIED = 1n;
/** A record never contains this many zero bytes in a row. */
const FILLED_BYTES_MIN = 64;

interface Walked {
  /** The pages of the file that belong to a tree. */
  pages: number;
  entries: number;
}

/**
 * Reads every page of the last flushed commit of an LMDB data file, and checks what LMDB itself does not: that each
 * page exists, has the type that its parent expects, belongs to one tree only and is not newer than the commit; and
 * that no entry points outside its page. It maps no memory and runs no native code, so a damaged file cannot end the
 * process. It does not decode values. Throws `DamagedFile`.
 */
export function walkPages(path: string): Walked {
  const file = openSync(path, 'r');
  try {
    return new PageWalk(file, safeMeta(readHead(file))).run();
  } finally {
    closeSync(file);
  }
}

class PageWalk {
  readonly #file: number;
  readonly #meta: Meta;
  /** One bit for each visited page. */
  readonly #seen: Uint8Array;
  /** One page for each level, so that a walk allocates nothing. */
  readonly #buffers: Buffer[] = [];
  readonly #zeros: Buffer;
  #pages = 0;
  #entries = 0;

  constructor(file: number, meta: Meta) {
    this.#file = file;
    this.#meta = meta;
    this.#zeros = Buffer.alloc(meta.pageBytes);
    const pages = Math.min(meta.lastPage, Math.ceil(fstatSync(file).size / meta.pageBytes));
    this.#seen = new Uint8Array((pages >> 3) + 1);
  }

  run(): Walked {
    for (const tree of [this.#meta.free, this.#meta.main]) this.#tree(tree, 0);
    return { pages: this.#pages, entries: this.#entries };
  }

  #tree({ root, entries }: Tree, level: number): void {
    const found = root === null ? 0 : this.#page(root, level);
    if (found !== entries) throw new DamagedFile(`is damaged: a tree of ${entries} entries has ${found}`);
    this.#entries += found;
  }

  /** Walks a page and its descendants. Returns the number of entries. */
  #page(number: number, level: number): number {
    if (level > DEPTH_MAX) throw new DamagedFile('is damaged: its pages refer to each other in a circle');
    const page = this.#read(number, level);
    const flags = page.readUInt16LE(18);
    const nodes = this.#nodesOf(page, number);
    if (flags & IS.leaf) {
      for (let index = 0; index < nodes; index += 1) this.#entry(page, number, index, level);
      return nodes;
    }
    if (!(flags & IS.branch)) throw this.#damaged(number);
    let found = 0;
    for (let index = 0; index < nodes; index += 1) {
      const node = this.#node(page, number, index);
      const below = page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32;
      found += this.#page(below, level + 1);
    }
    return found;
  }

  #entry(page: Buffer, number: number, index: number, level: number): void {
    const node = this.#node(page, number, index);
    const [flags, key] = [page.readUInt16LE(node + 4), page.readUInt16LE(node + 6)];
    const value = node + NODE_BYTES + key;
    const bytes = flags & VALUE_IS.large ? LARGE_BYTES : page.readUInt32LE(node);
    if (value + bytes > page.length) throw this.#damaged(number);
    if (flags & VALUE_IS.large) this.#large(page, value, page.readUInt32LE(node));
    else if (flags & VALUE_IS.tree && bytes === TREE_BYTES) this.#tree(treeAt(page, value), level + 1);
  }

  /**
   * Checks a value on overflow pages. The entry repeats their first number, their transaction and their count. No page
   * of a record is all zero, so a page of zeros was lost.
   */
  #large(page: Buffer, at: number, valueBytes: number): void {
    const first = Number(page.readBigUInt64LE(at));
    const count = Number(page.readBigUInt64LE(at + 16));
    const head = this.#read(first, LARGE_LEVEL);
    const isOverflow = (head.readUInt16LE(18) & IS.overflow) !== 0 && head.readUInt32LE(20) === count;
    const writtenIn = page.readBigUInt64LE(at + 8);
    const isOfEntry = writtenIn === COPIED || writtenIn === head.readBigUInt64LE(8);
    if (!isOverflow || !isOfEntry) throw this.#damaged(first);
    const bytes = PAGE_HEADER_BYTES + valueBytes;
    for (let next = 1; next < count; next += 1) {
      this.#see(first + next);
      const isFilled = bytes - next * page.length >= FILLED_BYTES_MIN;
      if (this.#load(first + next, LARGE_LEVEL).equals(this.#zeros) && isFilled) throw this.#damaged(first + next);
    }
  }

  #nodesOf(page: Buffer, number: number): number {
    const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
    const isOrdered = lower > 0 && lower % 2 === 0 && lower <= upper && upper + PAGE_HEADER_BYTES <= page.length;
    if (!isOrdered) throw this.#damaged(number);
    return lower >> 1;
  }

  #node(page: Buffer, number: number, index: number): number {
    const node = page.readUInt16LE(PAGE_HEADER_BYTES + 2 * index) + PAGE_HEADER_BYTES;
    if (node + NODE_BYTES > page.length) throw this.#damaged(number);
    if (node + NODE_BYTES + page.readUInt16LE(node + 6) > page.length) throw this.#damaged(number);
    return node;
  }

  #read(number: number, level: number): Buffer {
    this.#see(number);
    const page = this.#load(number, level);
    const isNumbered = Number(page.readBigUInt64LE(0)) === number;
    // See `COPIED`.
    const isNewer = level !== LARGE_LEVEL && Number(page.readBigUInt64LE(8)) > this.#meta.transaction;
    if (!isNumbered || isNewer) throw this.#damaged(number);
    return page;
  }

  #load(number: number, level: number): Buffer {
    const page = (this.#buffers[level] ??= Buffer.alloc(this.#meta.pageBytes));
    const read = readSync(this.#file, page, 0, page.length, number * page.length);
    if (read < page.length) throw this.#missing(number);
    return page;
  }

  #see(number: number): void {
    if (number < 2 || number > this.#meta.lastPage) throw new DamagedFile(`is damaged: it refers to page ${number}`);
    if (number >> 3 >= this.#seen.length) throw this.#missing(number);
    const bit = 1 << (number & 7);
    const bits = this.#seen[number >> 3] ?? 0;
    if (bits & bit) throw new DamagedFile(`is damaged: page ${number} is in two places`);
    this.#seen[number >> 3] = bits | bit;
    this.#pages += 1;
  }

  #missing(number: number): DamagedFile {
    const { lastPage } = this.#meta;
    return new DamagedFile(`was cut short: page ${number} of ${lastPage + 1} is not there`);
  }

  #damaged(number: number): DamagedFile {
    return new DamagedFile(`is damaged: page ${number} is not what it should be`);
  }
}
