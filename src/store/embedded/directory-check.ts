import { statSync } from 'node:fs';
import { StoreError } from '../store.ts';
import { DamagedFile } from './files/meta-pages.ts';
import { walkPages } from './files/page-walk.ts';
import type { DataRun } from './tables/shop-state.ts';
import {
  dataFileOf,
  fileIdentityOf,
  isSameFile,
  markFileOf,
  readMark,
  shapeOf,
  type ShopMark,
} from './files/shop-mark.ts';

const RESTORE = 'restore a backup with "holdfast restore FROM --data-dir DIR"';

/**
 * Checks a data directory before LMDB maps its file, because a damaged file would end the process. Returns the mark of
 * the last run, or null where there was none. Throws `StoreError` `unavailable`, whose message has the remedy, where
 * - the directory had a shop and its data is missing or empty,
 * - the directory is a copy of one that a server had open (`adopt`: an operator has confirmed that it is not),
 * - the file is cut short or damaged. This reads all of its pages, unless the file is as the last orderly end left it.
 */
export function checkDirectory(dir: string, { adopt }: { adopt: boolean }): ShopMark | null {
  const mark = readMark(dir);
  const path = dataFileOf(dir);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (mark === null && bytes === 0) return null;
  if (bytes === 0) throw gone(dir, path, statSync(path, { throwIfNoEntry: false }) !== undefined);
  const isMarked = mark !== null && isSameFile(mark.file, fileIdentityOf(dir) ?? mark.file);
  if (mark !== null && !isMarked && mark.closed === null && !adopt) throw copied(dir);
  if (mark === null || !isMarked || !isAsClosed(dir, mark)) assertUndamaged(path);
  return mark;
}

/**
 * Compares the last run in the data with the one in the mark. Only this check detects a copy of `data.mdb` alone that
 * was made while a server ran. Throws `StoreError` `unavailable`.
 */
export function assertOwnRun(dir: string, mark: ShopMark | null, inData: DataRun | null): void {
  if (inData === null || !inData.isOpen) return;
  if (inData.run !== mark?.run && inData.run !== mark?.previousRun) throw copied(dir);
}

function isAsClosed(dir: string, { closed }: ShopMark): boolean {
  if (closed === null) return false;
  const { bytes, modifiedMs } = shapeOf(dir);
  return closed.bytes === bytes && closed.modifiedMs === modifiedMs;
}

/** Throws `StoreError` `unavailable` where the file is damaged. */
function assertUndamaged(path: string): void {
  try {
    walkPages(path);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    throw new StoreError('unavailable', `${path} ${error.message}: ${RESTORE}`, { cause: error });
  }
}

function gone(dir: string, path: string, isThere: boolean): StoreError {
  return new StoreError(
    'unavailable',
    `${path} ${isThere ? 'is empty' : 'is missing'}, and a shop was kept there: ${RESTORE}; to begin an empty shop, ` +
      `remove ${markFileOf(dir)}`,
  );
}

function copied(dir: string): StoreError {
  return new StoreError(
    'unavailable',
    `${dir} is a copy of a data directory that was in use, so it may mix old and new data: make a backup with ` +
      `"holdfast backup TARGET" and restore that; if no server had it open when it was copied, take it over with ` +
      `"holdfast check --adopt --data-dir ${dir}"`,
  );
}
