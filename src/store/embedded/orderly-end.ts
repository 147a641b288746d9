import type { CommitMarker } from './commit/commit-marker.ts';
import type { GroupCommit } from './commit/group-commit.ts';
import type { DataDirectory, OpenedFiles } from './data-directory.ts';
import type { EmbeddedTime } from './embedded-time.ts';
import { closeEnvironment } from './files/environment.ts';
import { writeRun } from './tables/shop-state.ts';
import type { Tables } from './tables/tables.ts';

/** The parts of an embedded store whose data is open. */
export interface EngineParts {
  shop: string;
  dir: string;
  tables: Tables;
  commits: GroupCommit;
  marker: CommitMarker;
  directory: DataDirectory;
  files: OpenedFiles;
  time: EmbeddedTime;
  warn: (line: string) => void;
}

/** How long a close waits for the disk: once for pending writes, and once for the environment. */
export const DISK_CLOSE_MS_MAX = 3_000;

/**
 * Closes the data and releases its directory. Never rejects because of the disk: every acknowledged write is durable
 * already. An end that cannot be recorded, in the data and in the mark, is logged and counts as unclean.
 */
export async function closeData(parts: EngineParts): Promise<void> {
  const { commits, directory } = parts;
  await commits.drained(DISK_CLOSE_MS_MAX);
  const isNoted = !commits.broken && (await noteEnd(parts));
  // The environment stays open, because closing it would be a flush as well, which would seem to succeed.
  if (commits.isFlushLost) return directory.release({ keepLock: true });
  const isClosed = await closeEnvironment(parts.tables.root, DISK_CLOSE_MS_MAX);
  try {
    if (isClosed && isNoted) directory.end();
  } catch (error) {
    warnOf(parts, error);
  } finally {
    await directory.release();
  }
}

/** Returns whether the end of the run was written to disk. */
async function noteEnd(parts: EngineParts): Promise<boolean> {
  const { commits, tables, files } = parts;
  try {
    await commits.run(() => writeRun(tables.meta, { run: files.run, isOpen: false }));
    return true;
  } catch (error) {
    warnOf(parts, error);
    return false;
  }
}

function warnOf({ warn }: EngineParts, error: unknown): void {
  warn(`the data was not closed in order, so the next start reads all of it first: ${(error as Error).message}`);
}
