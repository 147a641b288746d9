import { Redis } from 'ioredis';
import { startSwitchingRelay } from '../store/redis/switching-relay.ts';
import { freePort } from '../support/free-port.ts';
import { poll } from '../support/poll.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const SLOW = { timeoutMs: 30_000 };
const AOF = {
  appendonly: 'yes',
  appendfsync: 'always',
  bind: '127.0.0.1',
  'repl-diskless-sync-delay': '0',
} as const;

interface Node {
  redis: RedisServer;
  port: number;
  admin: Redis;
}

async function startNode(): Promise<Node> {
  const port = await freePort();
  const redis = await startRedis({ ...AOF, port: String(port) });
  const admin = new Redis(redis.socketPath, { retryStrategy: () => 20 });
  admin.on('error', () => undefined);
  return { redis, port, admin };
}

/** A master and a replica of which a test decides how much it has. */
export interface Replication extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly master: Redis;
  readonly replica: Redis;
  /** Resolves when the replica has everything. */
  caughtUp(): Promise<unknown>;
  /** The replica receives nothing from now on. */
  lag(): Promise<unknown>;
  /** The replica becomes the master. Resolves as soon as it is. */
  failover(options: { kill: boolean }): Promise<unknown>;
}

/** Two servers that take turns as master and replica, behind one address that leads to the master. */
export class ReplicaPair implements Replication {
  readonly #relay: Awaited<ReturnType<typeof startSwitchingRelay>>;
  #master: Node;
  #replica: Node;

  private constructor(master: Node, replica: Node, relay: Awaited<ReturnType<typeof startSwitchingRelay>>) {
    this.#master = master;
    this.#replica = replica;
    this.#relay = relay;
  }

  static async start(): Promise<ReplicaPair> {
    const [master, replica] = [await startNode(), await startNode()];
    const pair = new ReplicaPair(master, replica, await startSwitchingRelay(master.redis.socketPath));
    await pair.follow();
    return pair;
  }

  get url(): string {
    return this.#relay.url;
  }

  get master(): Redis {
    return this.#master.admin;
  }

  get replica(): Redis {
    return this.#replica.admin;
  }

  /** The replica follows the master again. Resolves when it has everything. */
  async follow(): Promise<void> {
    await this.replica.replicaof('127.0.0.1', this.#master.port);
    await this.caughtUp();
  }

  async caughtUp(): Promise<void> {
    const offset = async (admin: Redis) => {
      const replication = await admin.info('replication');
      if (/master_link_status:(?!up)/.test(replication)) return null;
      return /^(?:master|slave)_repl_offset:(\d+)/m.exec(replication)?.[1];
    };
    await poll(async () => (await offset(this.master)) === (await offset(this.replica)), SLOW);
  }

  async lag(): Promise<void> {
    await this.replica.replicaof('127.0.0.1', 1);
  }

  /** The replica becomes the master. The old one is killed, or goes on without clients until `rejoin`. */
  async failover({ kill }: { kill: boolean }): Promise<void> {
    if (kill) await this.#master.redis.kill9();
    await this.replica.replicaof('NO', 'ONE');
    [this.#master, this.#replica] = [this.#replica, this.#master];
    this.#relay.switchTo(this.#master.redis.socketPath);
  }

  /** The old master comes back as a replica of the new one, whose data it takes. */
  async rejoin({ killed }: { killed: boolean }): Promise<void> {
    if (killed) await this.#replica.redis.restart();
    await this.follow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    for (const { admin, redis } of [this.#master, this.#replica]) {
      admin.disconnect();
      await redis[Symbol.asyncDispose]();
    }
  }
}
