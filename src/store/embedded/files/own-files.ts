import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;
/** All that a data directory has. */
const IS_OURS = /^(data\.mdb|lock\.mdb|holdfast\..+)$/;

/** Makes the directory in which the data directory is or will be. */
export function makeDirectoryAbove(dir: string): void {
  mkdirSync(dirname(resolve(dir)), { recursive: true, mode: DIRECTORY_MODE });
}

/**
 * Makes the data directory if it is not there. One that was made earlier and has only the store's files is closed to other
 * users as well; one with other files is left as it is, because it may be shared on purpose.
 */
export function makeDirectory(dir: string): void {
  const isNew = !existsSync(dir);
  mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
  const { uid, mode } = statSync(dir);
  if ((mode & 0o777) === DIRECTORY_MODE || !isMine(uid)) return;
  if (isNew || readdirSync(dir).every((name) => IS_OURS.test(name))) chmodSync(dir, DIRECTORY_MODE);
}

/** Closes the store's files to other users, whatever the umask is and whichever version made them. */
export function restrictFiles(dir: string): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    const { uid, mode } = statSync(path);
    if (IS_OURS.test(name) && (mode & 0o777) !== FILE_MODE && isMine(uid)) chmodSync(path, FILE_MODE);
  }
}

/** Only the owner of a file may change its mode. Root may, and then leaves other users' files as they are. */
const isMine = (uid: number): boolean => process.platform !== 'win32' && uid === process.getuid?.();
