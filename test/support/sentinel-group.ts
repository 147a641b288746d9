import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { poll } from './poll.ts';
import { redisBinary } from './redis-binary.ts';
import { type RedisConfig, type RedisServer, startRedis } from './redis-server.ts';
import { tempDir } from './temp-dir.ts';
import { watchOver } from './watchdog.ts';

export interface SentinelGroup extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Resolves when the replica has all writes of the master. */
  caughtUp(): Promise<unknown>;
  /** Resolves when the first sentinel names the replica as the master. */
  switched(): Promise<unknown>;
  /** Asks the sentinels to make the replica the master. */
  failover(): Promise<void>;
}

const NAME = 'shop';
const TIMEOUT_MS = 30_000;

/** Starts a master, its replica and three sentinels on loopback ports. */
export async function startSentinelGroup(settings: RedisConfig = {}): Promise<SentinelGroup> {
  const [masterPort, replicaPort, ...ports] = await Promise.all([1, 2, 3, 4, 5].map(freePort));
  const dir = await tempDir();
  const common = { ...settings, bind: '127.0.0.1', 'repl-diskless-sync-delay': '0' };
  const master = await startRedis({ ...common, port: String(masterPort) });
  const replica = await startRedis({
    ...common,
    port: String(replicaPort),
    replicaof: `127.0.0.1 ${masterPort}`,
  });
  await poll(async () => (await replicationOf(replica)).includes('master_link_status:up'), { timeoutMs: TIMEOUT_MS });
  const sentinels = await Promise.all(ports.map((port) => startSentinel(dir.path, { port, masterPort })));
  const asked = new Redis({ port: ports[0] ?? 0, host: '127.0.0.1', maxRetriesPerRequest: null });
  await poll(async () => /slaves=1,sentinels=3/.test(await asked.info('sentinel')), { timeoutMs: TIMEOUT_MS });
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    master,
    replica,
    caughtUp: () =>
      poll(async () => offsetOf(await replicationOf(replica)) === offsetOf(await replicationOf(master)), {
        timeoutMs: TIMEOUT_MS,
      }),
    switched: () =>
      poll(
        async () => String(await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)).endsWith(`${replicaPort}`),
        {
          timeoutMs: TIMEOUT_MS,
        },
      ),
    failover: async () => void (await asked.call('SENTINEL', 'FAILOVER', NAME)),
    async [Symbol.asyncDispose]() {
      asked.disconnect();
      await Promise.all(sentinels.map(end));
      await Promise.all([master, replica].map((server) => server[Symbol.asyncDispose]()));
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function startSentinel(
  dir: string,
  { port, masterPort }: { port: number; masterPort: number | undefined },
): Promise<ChildProcess> {
  const file = join(dir, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 5000`,
  ];
  await writeFile(file, lines.join('\n'));
  const child = spawn(redisBinary(), [file, '--sentinel'], { stdio: 'ignore' });
  if (child.pid === undefined) throw new Error('a sentinel cannot be started');
  const watchdog = watchOver(child.pid);
  child.once('exit', () => watchdog.kill('SIGKILL'));
  return child;
}

async function end(sentinel: ChildProcess): Promise<void> {
  if (sentinel.exitCode !== null || sentinel.signalCode !== null) return;
  const exited = once(sentinel, 'exit');
  sentinel.kill('SIGKILL');
  await exited;
}

async function replicationOf({ socketPath }: RedisServer): Promise<string> {
  const client = new Redis(socketPath);
  try {
    return await client.info('replication');
  } finally {
    client.disconnect();
  }
}

const offsetOf = (replication: string): string | undefined =>
  /^(?:master|slave)_repl_offset:(\d+)/m.exec(replication)?.[1];
