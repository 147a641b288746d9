import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { BackupCopy } from '../../opened-store.ts';
import { DIRECTORY_MODE } from './own-files.ts';
import { dataFileOf } from './shop-mark.ts';

const PREFIX = 'holdfast.backup-';

/**
 * Copies a shop as one commit left it, beside its data, while calls go on. The copy has the pages in use only. A plain copy
 * of the file would mix commits, and would begin at the last flushed commit, whose pages may be overwritten meanwhile.
 */
export async function copyEnvironment(root: RootDatabase, dir: string): Promise<BackupCopy> {
  const target = join(dir, `${PREFIX}${randomUUID()}`);
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

/** Removes the copies of a process that was killed. */
export function removeCopies(dir: string): void {
  for (const name of readdirSync(dir)) if (name.startsWith(PREFIX)) rmSync(join(dir, name), { recursive: true });
}
