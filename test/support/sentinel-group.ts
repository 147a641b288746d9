import { Redis } from 'ioredis';
import { poll } from './poll.ts';
import { type GroupNode, startRedisGroup } from './redis-group.ts';
import type { RedisConfig } from './redis-server.ts';

export interface SentinelGroup extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly master: GroupNode;
  readonly replica: GroupNode;
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
export async function startSentinelGroup(settings: RedisConfig = { appendonly: 'no' }): Promise<SentinelGroup> {
  const { url, nodes, ...group } = await startRedisGroup('sentinel', settings);
  const [master, replica, sentinel] = nodes;
  if (!master || !replica || !sentinel) throw new Error('the group has too few servers');
  const asked = new Redis({ port: sentinel.port, host: '127.0.0.1', maxRetriesPerRequest: null });
  const masterNow = async () => String(await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME));
  return {
    url,
    master,
    replica,
    caughtUp: () =>
      poll(async () => offsetOf(await replicationOf(replica)) === offsetOf(await replicationOf(master)), {
        timeoutMs: TIMEOUT_MS,
      }),
    switched: () => poll(async () => (await masterNow()).endsWith(`${replica.port}`), { timeoutMs: TIMEOUT_MS }),
    failover: async () => void (await asked.call('SENTINEL', 'FAILOVER', NAME)),
    async [Symbol.asyncDispose]() {
      asked.disconnect();
      await group[Symbol.asyncDispose]();
    },
  };
}

async function replicationOf({ socketPath }: GroupNode): Promise<string> {
  const client = new Redis(socketPath);
  try {
    return await client.info('replication');
  } finally {
    client.disconnect();
  }
}

const offsetOf = (replication: string): string | undefined =>
  /^(?:master|slave)_repl_offset:(\d+)/m.exec(replication)?.[1];
