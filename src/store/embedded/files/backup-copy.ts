import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { BackupCopy } from '../../opened-store.ts';
import { DIRECTORY_MODE } from './own-files.ts';
import { dataFileOf } from './shop-mark.ts';

const COPY_PREFIX = 'holdfast.backup-';

/**
 * Copies a shop as of one commit into its data directory, without stopping calls. The copy contains only the pages in
 * use. A plain copy of the file would mix commits, and would open at the last flushed commit, whose pages may have been
 * overwritten.
 */
export async function copyEnvironment(root: RootDatabase, dir: string): Promise<BackupCopy> {
  const target = join(dir, `${COPY_PREFIX}${randomUUID()}`);
  const dispose = () => rm(target, { recursive: true, force: true });
  mkdirSync(target, { mode: DIRECTORY_MODE });
  try {
    await root.backup(target, true);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { file: dataFileOf(target), [Symbol.asyncDispose]: dispose };
}

/** Removes the copies that a killed process left behind. */
export function removeCopies(dir: string): void {
  for (const name of readdirSync(dir)) if (name.startsWith(COPY_PREFIX)) rmSync(join(dir, name), { recursive: true });
}
