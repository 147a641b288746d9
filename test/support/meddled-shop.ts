import { Redis } from 'ioredis';
import type { Key, RootDatabase } from 'lmdb';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openEnvironment } from '../../src/store/embedded/files/environment.ts';
import { openTables } from '../../src/store/embedded/tables/tables.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Clock } from './engines.ts';
import { startRedis } from './redis-server.ts';
import { tempDir } from './temp-dir.ts';

/** A shop whose index entries a test may delete or forge without going through its store. */
export interface MeddledShop extends AsyncDisposable {
  /**
   * The current store. After `lose` and `forge` it may be another one, because the embedded store is closed meanwhile.
   */
  readonly store: Store;
  /** Deletes a whole index. */
  lose(index: string): Promise<void>;
  /** Writes an entry that no record requires. */
  forge(index: string): Promise<void>;
}

export interface MeddledKind {
  name: string;
  /** The store's own index names, each with the audit rule that reports its faults. */
  indexes: readonly { index: string; rule: string; canForge: boolean }[];
  open(clock: Clock): Promise<MeddledShop>;
}

/** The forged count is of held units. That of a limit may be too high: the library consumes units without an order. */
const COUNTS = { index: 'counts', rule: 'index_counts', canForge: true };
/** Nobody holds these units. */
const FORGED_COUNT = 'held:clt_forged cup 0,3 l';

const redisKind: MeddledKind = {
  name: 'redis',
  indexes: [
    { index: 'due:holds', rule: 'index_due_holds', canForge: true },
    { index: 'due:skus', rule: 'index_due_skus', canForge: true },
    { index: 'due:docs', rule: 'index_due_documents', canForge: true },
    { index: 'skus', rule: 'index_skus', canForge: true },
    { index: 'orders:placed', rule: 'index_lists', canForge: true },
    { index: 'orders:awaiting_payment', rule: 'index_lists', canForge: true },
    COUNTS,
  ],
  async open(clock) {
    const redis = await startRedis();
    const admin = new Redis(redis.socketPath);
    const store = await openRedisStore({ url: redis.url, shop: 'test', durability: 'none', clock: () => clock.now });
    const member = (index: string) => (index === 'due:holds' ? 'cup\u0000000000001\u0000forged' : 'forged');
    return {
      store,
      lose: async (index) => void (await admin.del(`{test}:${index}`)),
      forge: async (index) =>
        void (index === 'counts'
          ? await admin.hset('{test}:counts', FORGED_COUNT, 7)
          : await admin.zadd(`{test}:${index}`, 0, member(index))),
      async [Symbol.asyncDispose]() {
        await store.close();
        admin.disconnect();
        await redis[Symbol.asyncDispose]();
      },
    };
  },
};

const FORGED: Record<string, Key> = {
  due: ['cup', 1, 'forged'],
  'due-skus': [1, 'forged'],
  'due-earliest': 'forged',
  'due-documents': [1, 'forged'],
  lists: [1, 'forged'],
};

const embeddedKind: MeddledKind = {
  name: 'embedded',
  indexes: [
    { index: 'due', rule: 'index_due_holds', canForge: true },
    { index: 'due-skus', rule: 'index_due_skus', canForge: true },
    { index: 'due-earliest', rule: 'index_due_skus', canForge: true },
    { index: 'due-documents', rule: 'index_due_documents', canForge: true },
    { index: 'lists', rule: 'index_lists', canForge: true },
    COUNTS,
  ],
  async open(clock) {
    const dir = await tempDir();
    const open = () => openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => clock.now });
    let store = await open();
    const meddle = async (work: (root: RootDatabase) => void): Promise<void> => {
      await store.close();
      const root = openEnvironment(dir.path);
      work(root);
      await root.close();
      store = await open();
    };
    const raw = (root: RootDatabase, name: string) => root.openDB<Buffer, Key>({ name, encoding: 'binary' });
    return {
      get store() {
        return store;
      },
      lose: (index) => meddle((root) => raw(root, index).clearSync()),
      // A row with one number, for indexes that have rows.
      forge: (index) =>
        meddle((root) => {
          if (index === 'counts') root.transactionSync(() => openTables(root).counts.put(FORGED_COUNT, 7));
          else raw(root, index).putSync(FORGED[index]!, Buffer.from([0x91, 0x01]));
        }),
      async [Symbol.asyncDispose]() {
        await store.close();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
};

export const meddledKinds: readonly MeddledKind[] = [embeddedKind, redisKind];
