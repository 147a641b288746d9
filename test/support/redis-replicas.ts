import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { poll } from './poll.ts';
import { type RedisConfig, type RedisServer, startRedis } from './redis-server.ts';

/** A server of a chain, which listens on a port as well as on its socket. */
export interface ChainNode {
  readonly server: RedisServer;
  readonly port: number;
  /** A connection of an operator. */
  readonly admin: Redis;
  /** Makes the server a master. */
  promote(): Promise<void>;
  /** Stops the server with SIGSTOP, so that it keeps its connections and answers nothing. */
  pause(): void;
  goOn(): void;
}

const TIMEOUT_MS = 30_000;

const DURABLE = { appendonly: 'yes', 'repl-diskless-sync-delay': '0', 'min-replicas-max-lag': '60' } as const;

/**
 * Starts servers of which each is the replica of the one before it. So the first replica, once promoted, is a master
 * that has a replica. Disposing ends them.
 */
export async function startChain(length: number, settings: RedisConfig = {}): Promise<AsyncDisposable & ChainNode[]> {
  const nodes: ChainNode[] = [];
  for (let index = 0; index < length; index += 1) {
    const port = await freePort();
    const server = await startRedis({ ...DURABLE, ...settings, port: String(port), bind: '127.0.0.1' });
    nodes.push(nodeOf(server, port, nodes.at(-1)));
  }
  for (const [index, { admin }] of nodes.entries()) {
    const before = nodes[index - 1];
    if (!before) continue;
    await admin.replicaof('127.0.0.1', before.port);
    await poll(() => isLinked(admin), { timeoutMs: TIMEOUT_MS });
  }
  await poll(() => hasOneWrite(nodes), { timeoutMs: TIMEOUT_MS });
  return Object.assign(nodes, {
    async [Symbol.asyncDispose]() {
      for (const { admin } of nodes) admin.disconnect();
      await Promise.all(nodes.map(({ server }) => server[Symbol.asyncDispose]()));
    },
  });
}

const isLinked = async (replica: Redis): Promise<boolean> =>
  (await replica.info('replication')).includes('master_link_status:up');

/** Whether a write has gone through the whole chain: until then the first servers may still have no good replica. */
async function hasOneWrite(nodes: readonly ChainNode[]): Promise<boolean> {
  await nodes[0]?.admin.set('chain', 'linked').catch(() => undefined);
  return (await nodes.at(-1)?.admin.get('chain')) === 'linked';
}

function nodeOf(server: RedisServer, port: number, before: ChainNode | undefined): ChainNode {
  const admin = new Redis(server.socketPath, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  admin.on('error', () => undefined);
  return {
    server,
    port,
    admin,
    async promote() {
      await admin.replicaof('NO', 'ONE');
      await poll(async () => !(await before?.admin.info('replication'))?.includes(`port=${port},`));
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    goOn: () => void process.kill(server.pid, 'SIGCONT'),
  };
}
