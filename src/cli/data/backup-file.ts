import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { DamagedFile } from '../../store/embedded/files/meta-pages.ts';
import { walkPages } from '../../store/embedded/files/page-walk.ts';
import { readBackup } from '../context/bulk-wire.ts';
import { type CalledServer, Failed, UsageError } from '../context/cli-context.ts';

const BACKUP_MODE = 0o600;
/** System calls on the file. Their failures are not failures of the server. */
const OF_THE_FILE: ReadonlySet<unknown> = new Set(['write', 'fsync', 'close', 'rename']);

/**
 * Writes a server's backup to a new file, and returns its size in bytes when it is complete and on disk. Rejects with
 * `UsageError` if the file cannot be created, and with `Failed` if it exists, the server refuses or the disk fails.
 * After a failure no file is left.
 */
export async function receiveBackup(server: CalledServer, target: string): Promise<number> {
  if (target === '-')
    throw new UsageError('backup requires the name of a new file: it does not write to standard output');
  if (existsSync(target)) throw new Failed(`${target} exists already: name a new file`);
  const part = `${target}.part`;
  const file = await openedPart(part, target);
  try {
    const answer = await readBackup(server);
    await pipeline(answer, file);
    if (file.bytesWritten !== Number(answer.headers['content-length']))
      throw new Failed('the connection was cut before the backup was complete: repeat the backup');
    walkPages(part);
    renameSync(part, target);
    return file.bytesWritten;
  } catch (error) {
    file.destroy();
    rmSync(part, { force: true });
    throw failureOf(error, target);
  }
}

/** Opens the file before the request, because the server makes a complete copy for each request. */
async function openedPart(part: string, target: string): Promise<WriteStream> {
  const file = createWriteStream(part, { mode: BACKUP_MODE, flush: true });
  try {
    await once(file, 'open');
    return file;
  } catch (error) {
    throw new UsageError(`cannot write ${target}: ${String((error as NodeJS.ErrnoException).code)}`);
  }
}

function failureOf(error: unknown, target: string): unknown {
  if (error instanceof DamagedFile) return new Failed(`the received backup ${error.message}: repeat the backup`);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return OF_THE_FILE.has(syscall) ? new Failed(`cannot write ${target}: ${String(code)}`) : error;
}
