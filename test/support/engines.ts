import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddedEntries, type Entries, redisEntries } from './entries.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { tempDir } from './temp-dir.ts';

/** The store's clock, which the test owns. */
export interface Clock {
  now: number;
}

/**
 * One kind of store, given a lifecycle, so that one suite can open, reopen and destroy any of them. What engines do not
 * share is said here once, and nothing in the suites asks a store what it is.
 */
export interface Engine {
  name: string;
  /** `reopen` finds what was written. */
  persistent: boolean;
  /** `another` opens a second handle on the same shop. */
  multiProcess: boolean;
  /** Starts and ends what all stores of this engine share: a server, if there is one. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A new, empty shop. */
  open(clock: Clock): Promise<Opened>;
}

/** A shop and its handles; disposing closes them all and deletes what they wrote. */
export interface Opened extends AsyncDisposable {
  /** The handle in use: after `reopen`, the new one. */
  readonly store: Store;
  /** Closes the handle and opens the same shop again. */
  reopen(): Promise<Store>;
  another(): Promise<Store>;
  /** Closes the handle in use, and counts what is kept of the shop, kind by kind, empty ones left out. */
  entries(): Promise<Entries>;
}

const nothing = () => Promise.resolve();

interface ShopParts {
  openHandle: () => Promise<Store>;
  entries?: () => Promise<Entries>;
  destroy?: () => Promise<void>;
}

/** Keeps track of every handle on one shop, whatever a handle is. */
async function openShop({ openHandle, entries, destroy }: ShopParts): Promise<Opened> {
  const handles = [await openHandle()];
  let current = 0;
  const another = async (): Promise<Store> => {
    const handle = await openHandle();
    handles.push(handle);
    return handle;
  };
  return {
    get store() {
      return handles[current]!;
    },
    another,
    async reopen() {
      await handles[current]!.close();
      const handle = await another();
      current = handles.length - 1;
      return handle;
    },
    async entries() {
      await handles[current]!.close();
      const counted = Object.entries((await entries?.()) ?? {});
      // What an engine notes of itself is a fixed number of fields, whatever happens in the shop.
      return Object.fromEntries(counted.filter(([name, count]) => count > 0 && name !== 'meta'));
    },
    async [Symbol.asyncDispose]() {
      for (const handle of handles) await handle.close();
      await destroy?.();
    },
  };
}

/** The model: what the others are compared with, and the first to pass every suite itself. */
export const memoryEngine: Engine = {
  name: 'memory',
  persistent: false,
  multiProcess: false,
  start: nothing,
  stop: nothing,
  open: (clock) => openShop({ openHandle: async () => openMemoryStore({ shop: 'test', clock: () => clock.now }) }),
};

let redis: RedisServer | undefined;
let shops = 0;

/** One server for all shops of a test file; what it promises of power cuts is the business of `killables.ts`. */
export const redisEngine: Engine = {
  name: 'redis',
  persistent: true,
  multiProcess: true,
  async start() {
    redis = await startRedis();
  },
  async stop() {
    await redis?.[Symbol.asyncDispose]();
    redis = undefined;
  },
  open(clock) {
    if (!redis) throw new Error('the engine was not started');
    const { url, socketPath } = redis;
    shops += 1;
    const shop = `shop-${shops}`;
    return openShop({
      openHandle: () => openRedisStore({ url, shop, durability: 'none', clock: () => clock.now }),
      entries: () => redisEntries(socketPath, shop),
    });
  },
};

/** Each shop has a directory of its own, and one handle at a time. */
export const embeddedEngine: Engine = {
  name: 'embedded',
  persistent: true,
  multiProcess: false,
  start: nothing,
  stop: nothing,
  async open(clock) {
    const dir = await tempDir();
    return openShop({
      openHandle: () => openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => clock.now }),
      entries: () => embeddedEntries(dir.path),
      destroy: async () => dir[Symbol.asyncDispose](),
    });
  },
};

export const engines: readonly Engine[] = [memoryEngine, embeddedEngine, redisEngine];
