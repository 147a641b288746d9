import { randomBytes } from 'node:crypto';
import { HttpCaller } from '../../../test/support/http-caller.ts';
import { type RedisConfig, type RedisServer, startRedis } from '../../../test/support/redis-server.ts';
import { type RedisGroup, startRedisGroup } from '../../../test/support/redis-group.ts';
import { type ServerProcess, startServerProcess } from '../../../test/support/server-process.ts';
import { type TempDir, tempDir } from '../../../test/support/temp-dir.ts';
import { directoryBytes, redisBytes, redisNumbers, type StoreNumbers, UNKNOWN_STORE } from './store-size.ts';

/** A server and a store that the runner has started. A scenario may kill and restart them. */
export interface OwnShop {
  readonly server: {
    readonly pid: number;
    /** Its last lines of output. */
    output(): string;
    kill9(): Promise<void>;
    /** Starts it again on the same port and store. */
    restart(): Promise<void>;
  };
  /** Null on the embedded store and on a cluster. */
  readonly redis: RedisServer | null;
  /** Resolves with the size of the store. */
  storeBytes(): Promise<number>;
  /** Resolves with what a sample says of the store. On a cluster nothing is known. */
  storeNumbers(): Promise<StoreNumbers>;
}

export interface LoadShop extends AsyncDisposable {
  readonly url: string;
  readonly operatorKey: string;
  readonly operator: HttpCaller;
  readonly own: OwnShop | null;
}

export const STORES = ['embedded', 'redis', 'cluster'] as const;

export interface OwnSettings {
  store: (typeof STORES)[number];
  server: Record<string, string>;
  redis: RedisConfig;
}

/** Returns the existing shop at a URL. */
export function visitShop(at: string, operatorKey: string): LoadShop {
  const url = at.replace(/\/+$/, '');
  const caller = new HttpCaller(url, { sockets: SOCKETS });
  return {
    url,
    operatorKey,
    operator: caller.asOperator(operatorKey),
    own: null,
    [Symbol.asyncDispose]: async () => caller.close(),
  };
}

const SOCKETS = 16;

/** Starts the built server on a free loopback port, with a store that is deleted with it. */
export async function openShop({ store, server: settings, redis: redisSettings }: OwnSettings): Promise<LoadShop> {
  const dir: TempDir = await tempDir();
  const operatorKey = randomBytes(24).toString('hex');
  let redis: RedisServer | null = null;
  let cluster: RedisGroup | null = null;
  let server: ServerProcess | null = null;
  const dispose = async (): Promise<void> => {
    await server?.stop();
    await redis?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  try {
    redis = store === 'redis' ? await startRedis({ appendonly: 'yes', ...redisSettings }) : null;
    cluster = store === 'cluster' ? await startRedisGroup('cluster', redisSettings) : null;
    const started = redis ?? cluster;
    const where: Record<string, string> = { DATA_DIR: dir.path, ...(started ? { REDIS_URL: started.url } : {}) };
    const masters = cluster?.nodes.filter(({ role }) => role === 'master') ?? [];
    const urls = redis ? [redis.url] : masters.map(({ socketPath }) => `unix:${socketPath}`);
    const environment = { ...where, OPERATOR_KEY: operatorKey, ...settings };
    let running = await startServerProcess(environment);
    server = running;
    const { url } = running;
    const restart = async (): Promise<void> => {
      await running.kill9();
      running = await startServerProcess({ ...environment, PORT: new URL(url).port });
      server = running;
    };
    const visited = visitShop(url, operatorKey);
    const own: OwnShop = {
      server: {
        get pid() {
          return running.pid;
        },
        output: () => running.output(),
        kill9: () => running.kill9(),
        restart,
      },
      redis,
      storeBytes: () => (started ? redisBytes(urls) : directoryBytes(dir.path)),
      storeNumbers: async () => {
        if (redis) return redisNumbers(redis.url);
        return cluster ? UNKNOWN_STORE : { ...UNKNOWN_STORE, storeBytes: await directoryBytes(dir.path) };
      },
    };
    return {
      ...visited,
      own,
      [Symbol.asyncDispose]: async () => {
        await visited[Symbol.asyncDispose]();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
