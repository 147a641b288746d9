import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE } from './own-files.ts';

const MARK_FILE = 'holdfast.shop';

/** Identifies a file. A copy of it, on this or another disk, has another identity. */
export interface FileIdentity {
  inode: number;
  /** Epoch milliseconds; 0 where the file system does not record it. */
  bornMs: number;
}

/** A file beside `data.mdb` that records the last run, how it ended, and on which file. */
export interface ShopMark {
  shop: string;
  /** An id that changes with each start. The data contains it as well. */
  run: string;
  /** The previous id, which the data still contains if a start was interrupted. */
  previousRun: string | null;
  file: FileIdentity;
  /** The state of the file after an orderly end; null while a process has it open, and after a process was killed. */
  closed: { bytes: number; modifiedMs: number } | null;
}

export const dataFileOf = (dir: string): string => join(dir, 'data.mdb');
export const markFileOf = (dir: string): string => join(dir, MARK_FILE);

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

/** Writes the mark atomically: a crash leaves the old one or the new one. */
export function writeMark(dir: string, mark: ShopMark): void {
  const path = markFileOf(dir);
  writeDurably(`${path}.new`, JSON.stringify(mark));
  renameSync(`${path}.new`, path);
  flushDirectory(dir);
}

/** Returns the identity of `data.mdb` in a directory, or null where it is missing. */
export function fileIdentityOf(dir: string): FileIdentity | null {
  const stat = statSync(dataFileOf(dir), { throwIfNoEntry: false });
  return stat ? { inode: stat.ino, bornMs: Math.trunc(stat.birthtimeMs) } : null;
}

export const isSameFile = (a: FileIdentity, b: FileIdentity): boolean => a.inode === b.inode && a.bornMs === b.bornMs;

/** Returns the size of `data.mdb` and the time of its last write. */
export function shapeOf(dir: string): { bytes: number; modifiedMs: number } {
  const { size, mtimeMs } = statSync(dataFileOf(dir));
  return { bytes: size, modifiedMs: mtimeMs };
}

/** Writes a small file of the store, and returns when it is on disk. */
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
