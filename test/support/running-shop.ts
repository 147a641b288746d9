import { HttpCaller } from './http-caller.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

/** A running shop: server processes over a store of their own. Disposing ends all of them. */
export interface RunningShop extends AsyncDisposable {
  readonly servers: readonly ServerProcess[];
  /** One caller for each server: two where the store supports several processes. */
  readonly callers: readonly HttpCaller[];
  /** The first of `callers`. */
  readonly caller: HttpCaller;
  /** Null on the embedded store. */
  readonly redis: RedisServer | null;
}

type Settings = Record<string, string>;

export interface ShopKind {
  name: string;
  /** `second` are further settings of the second server, where the store supports several processes. */
  open(settings?: Settings, second?: Settings): Promise<RunningShop>;
}

/** Runs a server for each of `environments`. Disposes what they depend on after the last one has ended. */
async function run(
  environments: readonly Settings[],
  base: AsyncDisposable,
  redis: RedisServer | null,
): Promise<RunningShop> {
  const servers: ServerProcess[] = [];
  const callers: HttpCaller[] = [];
  const end = async (): Promise<void> => {
    for (const caller of callers) caller.close();
    for (const server of servers) await server[Symbol.asyncDispose]();
    await base[Symbol.asyncDispose]();
  };
  try {
    for (const environment of environments) {
      const server = await startServerProcess(environment);
      servers.push(server);
      callers.push(new HttpCaller(server.url));
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { servers, callers, caller: callers[0]!, redis, [Symbol.asyncDispose]: end };
}

const embedded: ShopKind = {
  name: 'embedded',
  async open(settings = {}) {
    const dir = await tempDir();
    return run([{ DATA_DIR: dir.path, ...settings }], dir, null);
  },
};

const redis: ShopKind = {
  name: 'redis',
  async open(settings = {}, second = {}) {
    const server = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    const environment = { REDIS_URL: server.url, ...settings };
    return run([environment, { ...environment, ...second }], server, server);
  },
};

export const shopKinds: readonly ShopKind[] = [embedded, redis];
