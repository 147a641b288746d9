import { startCluster } from './cluster-group.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { startSentinelGroup } from './sentinel-group.ts';
import { tempDir } from './temp-dir.ts';

/** The store of a shop, and how its servers reach it. */
export interface ShopBase extends AsyncDisposable {
  /** The environment of its servers. */
  readonly environment: Readonly<Record<string, string>>;
  /** The number of servers that may serve it at once. */
  readonly servers: number;
  /** The only Redis server, where there is one. */
  readonly redis: RedisServer | null;
}

const AOF = { appendonly: 'yes', appendfsync: 'always' } as const;

async function onGroup(group: AsyncDisposable & { url: string }): Promise<ShopBase> {
  return {
    servers: 2,
    redis: null,
    environment: { REDIS_URL: group.url, DURABILITY: 'local' },
    [Symbol.asyncDispose]: () => group[Symbol.asyncDispose](),
  };
}

/** Every kind of store, in a form that keeps each acknowledged write when a process is killed. */
export const openBase = {
  embedded: async (): Promise<ShopBase> => {
    const dir = await tempDir();
    const environment = { DATA_DIR: dir.path };
    return { servers: 1, redis: null, environment, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
  },
  redis: async (): Promise<ShopBase> => {
    const redis = await startRedis(AOF);
    return { ...(await onGroup(redis)), redis };
  },
  sentinel: async (): Promise<ShopBase> => onGroup(await startSentinelGroup(AOF)),
  cluster: async (): Promise<ShopBase> => onGroup(await startCluster(AOF)),
};
