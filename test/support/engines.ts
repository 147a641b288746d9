import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
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
}

const nothing = () => Promise.resolve();

/** Keeps track of every handle on one shop, whatever a handle is. */
export async function openShop(
  openHandle: () => Promise<Store>,
  destroy: () => Promise<void> = nothing,
): Promise<Opened> {
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
    async [Symbol.asyncDispose]() {
      for (const handle of handles) await handle.close();
      await destroy();
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
  open: (clock) => openShop(async () => openMemoryStore({ shop: 'test', clock: () => clock.now })),
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
    const { url } = redis;
    shops += 1;
    const shop = `shop-${shops}`;
    return openShop(() => openRedisStore({ url, shop, durability: 'none', clock: () => clock.now }));
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
    const openHandle = () => openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => clock.now });
    return openShop(openHandle, async () => dir[Symbol.asyncDispose]());
  },
};

export const engines: readonly Engine[] = [memoryEngine, embeddedEngine, redisEngine];
