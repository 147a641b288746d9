import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE } from './own-files.ts';

const FILE = 'holdfast.shop';

/** Which file this is: a copy of it, on this or another disk, is another one. */
export interface FileIdentity {
  inode: number;
  /** Epoch milliseconds; 0 where the file system does not keep it. */
  bornMs: number;
}

/** What is kept beside `data.mdb` about it, so that a start knows how the last one ended, and on which file. */
export interface ShopMark {
  shop: string;
  /** An id that changes with each start; the data has it too. */
  run: string;
  /** The id before, which the data still has where a start was cut short. */
  previousRun: string | null;
  file: FileIdentity;
  /** How the file was after an orderly end; null while a process has it open, and after one was killed. */
  closed: { bytes: number; modifiedMs: number } | null;
}

export const dataFileOf = (dir: string): string => join(dir, 'data.mdb');
export const markFileOf = (dir: string): string => join(dir, FILE);

/** Returns the mark of a directory, or null where no shop was ever opened in it. Throws where it cannot be read. */
export function readMark(dir: string): ShopMark | null {
  const path = markFileOf(dir);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ShopMark;
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes the mark so that a crash leaves the old one or the new one. */
export function writeMark(dir: string, mark: ShopMark): void {
  const path = markFileOf(dir);
  writeDurably(`${path}.new`, JSON.stringify(mark));
  renameSync(`${path}.new`, path);
  flushDirectory(dir);
}

/** Returns the identity of `data.mdb` in a directory, or null where it is not there. */
export function identityOf(dir: string): FileIdentity | null {
  const stat = statSync(dataFileOf(dir), { throwIfNoEntry: false });
  return stat ? { inode: stat.ino, bornMs: Math.trunc(stat.birthtimeMs) } : null;
}

export const isSameFile = (a: FileIdentity, b: FileIdentity): boolean => a.inode === b.inode && a.bornMs === b.bornMs;

/** The size of `data.mdb`, and when it was last written. */
export function shapeOf(dir: string): { bytes: number; modifiedMs: number } {
  const { size, mtimeMs } = statSync(dataFileOf(dir));
  return { bytes: size, modifiedMs: mtimeMs };
}

/** Writes a small file of the store's own, and returns when it is on disk. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w', FILE_MODE);
  try {
    writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function flushDirectory(dir: string): void {
  // Windows cannot open a directory.
  if (process.platform === 'win32') return;
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
