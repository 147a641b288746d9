import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { DamagedFile } from '../store/embedded/meta-pages.ts';
import { walkPages } from '../store/embedded/page-walk.ts';
import { type BulkServer, readBackup } from './bulk-wire.ts';
import { Failed } from './cli-context.ts';

const FILE_MODE = 0o600;

/**
 * Writes a server's backup to a new file, and returns its size in bytes once it is whole and on disk. Rejects with `Failed`
 * where the file exists or the server refuses, and then leaves nothing.
 */
export async function receiveBackup(server: BulkServer, target: string): Promise<number> {
  if (existsSync(target)) throw new Failed(`${target} exists already: name a new file`);
  const part = `${target}.part`;
  const answer = await readBackup(server);
  const file = createWriteStream(part, { mode: FILE_MODE, flush: true });
  try {
    await pipeline(answer, file);
    if (file.bytesWritten !== Number(answer.headers['content-length']))
      throw new Failed('the backup broke off: repeat it');
    walkPages(part);
    renameSync(part, target);
    return file.bytesWritten;
  } catch (error) {
    rmSync(part, { force: true });
    throw error instanceof DamagedFile ? new Failed(`what arrived ${error.message}: repeat the backup`) : error;
  }
}
