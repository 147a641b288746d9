import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { poll } from '../../test/support/poll.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { watchOver } from '../../test/support/watchdog.ts';

const run = promisify(execFile);

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * A commit is on disk when it is answered, as with `DURABILITY=local`. Settings above PostgreSQL's presets are in its
 * favor: the data stays in memory, and no checkpoint falls into a round.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
  max_connections: '120',
  jit: 'off',
  listen_addresses: '',
};

export interface PostgresCluster {
  /** The directory of its unix socket: `host` for `pg`. */
  host: string;
  user: string;
  /** The server's process. Its backends are its children. */
  pid: number;
  connect(): Promise<Client>;
  close(): Promise<void>;
}

/**
 * Starts a private cluster in a directory of its own, on a unix socket only. Installs PostgreSQL where it is absent.
 */
export async function startPostgres(): Promise<PostgresCluster> {
  const bin = await postgresBin();
  const dir = await tempDir();
  let server: ChildProcess | undefined;
  const close = async (): Promise<void> => {
    if (server) await end(server);
    await dir[Symbol.asyncDispose]();
  };
  try {
    const identity = await unprivileged();
    if (identity.uid !== undefined) await chown(dir.path, identity.uid, identity.gid ?? identity.uid);
    const data = join(dir.path, 'data');
    const superuser = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'];
    await run(join(bin, 'initdb'), [`--pgdata=${data}`, ...superuser], { ...identity, cwd: dir.path });
    server = launch(bin, { data, socketDir: dir.path, identity });
    const { pid = 0 } = server;
    const cluster = { host: dir.path, user: 'postgres', pid, connect: () => connect(dir.path), close };
    await untilReady(cluster, server);
    return cluster;
  } catch (error) {
    await close();
    throw error;
  }
}

interface Identity {
  uid?: number;
  gid?: number;
}

/** The user to run as where this process is root, because PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => null);
    const [uid = 0, gid = 0] = ids?.map(({ stdout }) => Number(stdout)) ?? [];
    if (uid > 0) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as');
}

let bin: Promise<string> | undefined;

function postgresBin(): Promise<string> {
  bin ??= run(resolve('scripts/postgres-bin')).then(({ stdout }) => stdout.trim());
  return bin;
}

export async function postgresVersion(): Promise<string> {
  const { stdout } = await run(join(await postgresBin(), 'postgres'), ['--version']);
  return /\d+(\.\d+)*/.exec(stdout)?.[0] ?? stdout.trim();
}

function launch(bin: string, { data, socketDir, identity }: { data: string; socketDir: string; identity: Identity }) {
  const settings = { ...SETTINGS, unix_socket_directories: socketDir };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...identity, stdio: 'ignore', cwd: socketDir });
  if (server.pid === undefined) throw new Error('postgres cannot be started');
  const watchdog = watchOver(server.pid);
  server.once('exit', () => watchdog.kill('SIGKILL'));
  return server;
}

async function untilReady(cluster: Pick<PostgresCluster, 'connect'>, server: ChildProcess): Promise<void> {
  await poll(
    async () => {
      if (server.exitCode !== null) throw new Error('postgres ended at once');
      const client = await cluster.connect().catch(() => undefined);
      await client?.end();
      return client !== undefined;
    },
    { timeoutMs: READY_TIMEOUT_MS, describe: () => 'postgres does not answer' },
  );
}

async function connect(host: string): Promise<Client> {
  const client = new Client({ host, user: 'postgres', database: 'postgres' });
  await client.connect();
  return client;
}

/** SIGINT is PostgreSQL's fast shutdown, which closes open connections. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGINT');
  const forced = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(forced);
}
