import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;
/** The names of all files in a data directory. */
const IS_OURS = /^(data\.mdb|lock\.mdb|holdfast\..+)$/;

/** Creates the parent of the data directory. */
export function createParent(dir: string): void {
  mkdirSync(dirname(resolve(dir)), { recursive: true, mode: DIRECTORY_MODE });
}

/**
 * Creates the data directory if it is missing, and closes it to other users. An existing directory with other files
 * than the store's keeps its mode, because it may be shared on purpose.
 */
export function createDirectory(dir: string): void {
  const isNew = !existsSync(dir);
  mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
  const { uid, mode } = statSync(dir);
  if ((mode & 0o777) === DIRECTORY_MODE || !isMine(uid)) return;
  if (isNew || readdirSync(dir).every((name) => IS_OURS.test(name))) chmodSync(dir, DIRECTORY_MODE);
}

/** Closes the store's files to other users, regardless of the umask and of the version that created them. */
export function restrictFiles(dir: string): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    const { uid, mode } = statSync(path);
    if (IS_OURS.test(name) && (mode & 0o777) !== FILE_MODE && isMine(uid)) chmodSync(path, FILE_MODE);
  }
}

/** Only the owner of a file may change its mode. Root could, but does not change the files of other users. */
const isMine = (uid: number): boolean => process.platform !== 'win32' && uid === process.getuid?.();
