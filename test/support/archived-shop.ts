import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PostgresCluster } from '../../bench/postgres/cluster.ts';
import type { LedgerLine } from '../../src/contract/outputs/ledger-lines.ts';
import { loadArchivePackages } from '../../src/cli/archive/archive-packages.ts';
import { type FollowOptions, followLedger } from '../../src/cli/archive/follow-ledger.ts';
import { OPERATOR_KEY } from './server-process.ts';
import { watchOver } from './watchdog.ts';

const CLI = join(import.meta.dirname, '../../dist/cli/bin.js');

/** Returns the URL of a new database of the cluster. */
export async function newDatabase(cluster: PostgresCluster, name: string): Promise<string> {
  const client = await cluster.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `postgres://${cluster.user}@localhost/${name}?host=${encodeURIComponent(cluster.host)}`;
}

/** Archives the ledger of a server in this process, up to its end. Resolves with the lines that it has logged. */
export async function archiveOnce(
  url: string,
  databaseUrl: string,
  options: Partial<FollowOptions> = {},
): Promise<string[]> {
  const lines: string[] = [];
  await followLedger({
    server: { url, operatorKey: OPERATOR_KEY, headers: {} },
    databaseUrl,
    packages: await loadArchivePackages(),
    follower: 'archive',
    once: true,
    everyMs: 10,
    acceptGap: false,
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...options,
  });
  return lines;
}

/** Runs `holdfast archive` as a process. `said` resolves when it has printed a line that begins with a text. */
export function startArchive(url: string, databaseUrl: string) {
  const env = { PATH: process.env['PATH'] ?? '', HOLDFAST_URL: url, OPERATOR_KEY, ARCHIVE_DATABASE_URL: databaseUrl };
  const child = spawn(process.execPath, [CLI, 'archive', '--every', '10'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const watchdog = watchOver(child.pid ?? 0);
  const exited = once(child, 'exit').then(() => watchdog.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  return {
    said: (text: string) =>
      new Promise<void>((resolve) => lines.on('line', (line) => line.startsWith(text) && resolve())),
    end: async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** Reads the whole ledger of a server. */
export async function ledgerOf(url: string): Promise<LedgerLine[]> {
  const answer = await fetch(`${url}/api/v1/ledger`, { headers: { authorization: `Bearer ${OPERATOR_KEY}` } });
  const text = await answer.text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LedgerLine);
}
