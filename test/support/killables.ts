import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Clock } from './engines.ts';
import { startRedis } from './redis-server.ts';
import { type RemoteStore, startStoreProcess } from './store-process.ts';
import { tempDir } from './temp-dir.ts';

/** An engine whose data is kept by a process that can be killed, and restarted on the remaining data. */
export interface KillableEngine {
  name: string;
  open(clock: Clock): Promise<Killable>;
}

export interface Killable extends AsyncDisposable {
  /** The current store. After `restart` it is another one. */
  readonly store: RemoteStore;
  /** Ends the process that keeps the data by SIGKILL. */
  kill9(): Promise<void>;
  restart(): Promise<void>;
}

/** The store is in this process and its server is killed. The promised durability is an AOF with fsync always. */
const redis: KillableEngine = {
  name: 'redis',
  async open(clock) {
    const server = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
    const openStore = (): Promise<Store> =>
      openRedisStore({
        url: server.url,
        shop: 'test',
        durability: 'local',
        batchDeadlineMs: 1_000,
        clock: () => clock.now,
      });
    let store = await openStore();
    return {
      get store() {
        return store;
      },
      kill9: () => server.kill9(),
      async restart() {
        await store.close();
        await server.restart();
        store = await openStore();
      },
      async [Symbol.asyncDispose]() {
        await store.close();
        await server[Symbol.asyncDispose]();
      },
    };
  },
};

/** The store is in a child process, and is killed with it. */
const embedded: KillableEngine = {
  name: 'embedded',
  async open(clock) {
    const dir = await tempDir();
    let child = await startStoreProcess(dir.path, clock);
    return {
      get store() {
        return child.store;
      },
      kill9: () => child.kill9(),
      async restart() {
        child = await startStoreProcess(dir.path, clock);
      },
      async [Symbol.asyncDispose]() {
        await child[Symbol.asyncDispose]();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
};

export const killables: readonly KillableEngine[] = [redis, embedded];
