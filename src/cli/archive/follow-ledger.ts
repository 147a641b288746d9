import { setTimeout as delay } from 'node:timers/promises';
import { type CalledServer, Failed, UsageError } from '../context/cli-context.ts';
import { ArchiveDatabase } from './archive-database.ts';
import { Interrupted, requestLedger } from './archive-feed.ts';
import type { ArchivePackages } from './archive-packages.ts';
import { NewerSchema } from './archive-schema.ts';

/** The entries of one transaction. */
const BATCH_ENTRIES = 50_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

export interface FollowOptions {
  server: CalledServer;
  databaseUrl: string;
  packages: ArchivePackages;
  /** The name under which the shop keeps entries until they are archived. */
  follower: string;
  /** Whether to end as soon as everything is archived. */
  once: boolean;
  /** How long to wait for more entries. */
  everyMs: number;
  acceptGap: boolean;
  log: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Archives the ledger until the signal aborts. After an interruption it connects again and continues at its mark.
 * Rejects with `Failed` and `UsageError`; with `once` for an interruption as well.
 */
export async function followLedger(options: FollowOptions): Promise<void> {
  const { log, once, signal } = options;
  for (let waitMs = RETRY_MS_MIN; !signal.aborted; ) {
    try {
      await archiveWhileConnected(options, () => {
        waitMs = RETRY_MS_MIN;
      });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error) || once) throw error;
      log(`interrupted: ${reasonsOf(error)}; next attempt in ${waitMs / 1_000} s`);
      await waitUnlessEnded(waitMs, signal);
      waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
    }
  }
}

const isFinal = (error: unknown): boolean =>
  error instanceof Failed || error instanceof UsageError || error instanceof NewerSchema;

async function archiveWhileConnected(options: FollowOptions, onProgress: () => void): Promise<void> {
  const { server, databaseUrl, packages, follower, once, everyMs, log, signal } = options;
  await using database = await ArchiveDatabase.open(databaseUrl, packages);
  const { shop, lines } = await requestLedger(server, { after: null, limit: 1 }, signal);
  for await (const _ of lines);
  let mark = await database.claim(shop, () => log('another process archives this shop: waiting until it ends'));
  log(`following the ledger of ${shop} ${mark === null ? 'from its beginning' : `after ${mark}`}`);
  while (!signal.aborted) {
    const answer = await requestLedger(server, { after: mark, limit: BATCH_ENTRIES, follower }, signal);
    const { entries, end } = await database.archive(answer, mark, options);
    mark = end.after;
    onProgress();
    if (entries > 0) log(`archived ${entries} entries up to ${mark}`);
    if (end.more) continue;
    if (once) return confirmRead(options, mark);
    if (entries === 0) await waitUnlessEnded(everyMs, signal);
  }
}

/** Reports the last mark to the shop. Otherwise only the next request would report it. */
async function confirmRead({ server, follower, signal }: FollowOptions, after: string | null): Promise<void> {
  const { lines } = await requestLedger(server, { after, limit: 1, follower }, signal);
  for await (const _ of lines);
}

/** Waits. Resolves early if the signal aborts; the loop checks the signal. */
const waitUnlessEnded = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const code = (error as NodeJS.ErrnoException).code;
  const own = message || code || error.name;
  return error instanceof Interrupted && cause instanceof Error ? `${own} (${reasonsOf(cause)})` : own;
}
