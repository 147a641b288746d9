import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { HttpCaller } from './http-caller.ts';
import { startRedis } from './redis-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

/** A server over a store that a test filled directly, with far more data than HTTP calls could create in time. */
export interface FilledShop extends AsyncDisposable {
  readonly caller: HttpCaller;
  readonly server: ServerProcess;
}

export interface FilledKind {
  name: string;
  open(fill: (store: Store) => Promise<void>, settings?: Record<string, string>): Promise<FilledShop>;
}

const SHOP = 'main';

async function fillAndClose(store: Store, fill: (store: Store) => Promise<void>): Promise<void> {
  try {
    await fill(store);
  } finally {
    await store.close();
  }
}

async function serve(settings: Record<string, string>, base: AsyncDisposable): Promise<FilledShop> {
  const server = await startServerProcess(settings);
  const caller = new HttpCaller(server.url, { sockets: 400 });
  const end = async (): Promise<void> => {
    caller.close();
    await server[Symbol.asyncDispose]();
    await base[Symbol.asyncDispose]();
  };
  return { caller, server, [Symbol.asyncDispose]: end };
}

const embedded: FilledKind = {
  name: 'embedded',
  async open(fill, settings = {}) {
    const dir = await tempDir();
    await fillAndClose(await openEmbeddedStore({ dir: dir.path, shop: SHOP }), fill);
    return serve({ DATA_DIR: dir.path, ...settings }, dir);
  },
};

const redis: FilledKind = {
  name: 'redis',
  async open(fill, settings = {}) {
    const server = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    await fillAndClose(await openRedisStore({ url: server.url, shop: SHOP, durability: 'relaxed' }), fill);
    return serve({ REDIS_URL: server.url, ...settings }, server);
  },
};

export const filledKinds: readonly FilledKind[] = [embedded, redis];
