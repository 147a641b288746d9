import { execFileSync } from 'node:child_process';
import { Redis } from 'ioredis';
import type { Store } from '../../src/store/store.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Clock } from './engines.ts';
import { startRedis } from './redis-server.ts';
import { tempDir } from './temp-dir.ts';

/** A test's timeout cannot end a call that blocks its process. */
const PRLIMIT_MS_MAX = 20_000;

/** A shop on a store that refuses every write while a test requires it, and still answers reads. */
export interface RefusableShop extends AsyncDisposable {
  store: Store;
  refuseWrites(): Promise<void>;
  takeWrites(): Promise<void>;
}

export interface WriteRefusal {
  name: string;
  open(clock: Clock): Promise<RefusableShop>;
}

/** Limits the size of files that this process may write. With 0 LMDB sees a disk that refuses; sockets still work. */
function limitFiles(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`], { timeout: PRLIMIT_MS_MAX });
}

const refusingDisk: WriteRefusal = {
  name: 'an embedded store whose disk refuses writes',
  async open(clock) {
    const dir = await tempDir();
    // The signal that comes with such a write. Without a handler it kills the process.
    const survive = (): void => undefined;
    process.on('SIGXFSZ', survive);
    const store = await openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => clock.now });
    return {
      store,
      refuseWrites: async () => limitFiles('0'),
      takeWrites: async () => limitFiles('unlimited'),
      async [Symbol.asyncDispose]() {
        limitFiles('unlimited');
        await store.close();
        process.off('SIGXFSZ', survive);
        await dir[Symbol.asyncDispose]();
      },
    };
  },
};

const refusingRedis = (name: string, setting: string, [refuse, take]: [string, string]): WriteRefusal => ({
  name,
  async open(clock) {
    const redis = await startRedis();
    const admin = new Redis(redis.socketPath);
    const store = await openRedisStore({ url: redis.url, shop: 'test', durability: 'none', clock: () => clock.now });
    return {
      store,
      refuseWrites: async () => void (await admin.config('SET', setting, refuse)),
      takeWrites: async () => void (await admin.config('SET', setting, take)),
      async [Symbol.asyncDispose]() {
        await store.close();
        admin.disconnect();
        await redis[Symbol.asyncDispose]();
      },
    };
  },
});

export const writeRefusals: readonly WriteRefusal[] = [
  refusingDisk,
  refusingRedis('a Redis at its maxmemory', 'maxmemory', ['1', '0']),
  refusingRedis('a Redis without the replicas that it must have', 'min-replicas-to-write', ['1', '0']),
];
