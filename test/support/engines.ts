import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openRedisStore, type RedisStoreOptions } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddedEntries, type Entries, redisEntries } from './entries.ts';
import { startCluster } from './cluster-group.ts';
import { startRedis } from './redis-server.ts';
import { FULL } from './scale.ts';
import { startSentinelGroup } from './sentinel-group.ts';
import { tempDir } from './temp-dir.ts';

/** The store's clock, which the test controls. */
export interface Clock {
  now: number;
}

/**
 * One store engine with a lifecycle, so that one suite can open, reopen and destroy any of them. The differences
 * between engines are declared here once, so no suite checks which engine it has.
 */
export interface Engine {
  name: string;
  /** `reopen` finds the data. */
  persistent: boolean;
  /** `another` opens a second handle on the same shop. */
  multiProcess: boolean;
  /** Starts and ends what all stores of this engine share, which may be a server. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Opens a new, empty shop. */
  open(clock: Clock): Promise<Opened>;
}

/** A shop and its handles. Disposing closes them all and deletes their data. */
export interface Opened extends AsyncDisposable {
  /** The current handle: after `reopen`, the new one. */
  readonly store: Store;
  /** Closes the handle and opens the same shop again. */
  reopen(): Promise<Store>;
  another(): Promise<Store>;
  /** Closes the current handle, and counts the shop's entries of each kind. Empty kinds are left out. */
  entries(): Promise<Entries>;
}

const nothing = () => Promise.resolve();

interface ShopParts {
  openHandle: () => Promise<Store>;
  entries?: () => Promise<Entries>;
  destroy?: () => Promise<void>;
}

/** Tracks every handle on one shop. */
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
      // An engine's own metadata has a fixed number of fields, whatever happens in the shop.
      return Object.fromEntries(counted.filter(([name, count]) => count > 0 && name !== 'meta'));
    },
    async [Symbol.asyncDispose]() {
      for (const handle of handles) await handle.close();
      await destroy?.();
    },
  };
}

/** The model: the reference for the other engines, and the first to pass every suite. */
export const memoryEngine: Engine = {
  name: 'memory',
  persistent: false,
  multiProcess: false,
  start: nothing,
  stop: nothing,
  open: (clock) => openShop({ openHandle: async () => openMemoryStore({ shop: 'test', clock: () => clock.now }) }),
};

let shops = 0;

/** One or more servers of Redis. */
interface Servers extends AsyncDisposable {
  url: string;
  /** Resolves with the socket of the server that has the shop. */
  socketPathOf(shop: string): Promise<string>;
}

async function oneServer(): Promise<Servers> {
  const redis = await startRedis();
  return { url: redis.url, socketPathOf: async () => redis.socketPath, [Symbol.asyncDispose]: disposing(redis) };
}

async function behindSentinel(): Promise<Servers> {
  const group = await startSentinelGroup();
  const { url, master } = group;
  return { url, socketPathOf: async () => master.socketPath, [Symbol.asyncDispose]: disposing(group) };
}

async function onCluster(): Promise<Servers> {
  const cluster = await startCluster();
  const socketPathOf = async (shop: string) => (await cluster.masterOf(shop)).socketPath;
  return { url: cluster.url, socketPathOf, [Symbol.asyncDispose]: disposing(cluster) };
}

const disposing = (owned: AsyncDisposable) => async (): Promise<void> => owned[Symbol.asyncDispose]();

/** The same servers for all shops of a test file. Their guarantees for power cuts are tested with `killables.ts`. */
function redisEngineOf(name: string, options: Partial<RedisStoreOptions> = {}, start = oneServer): Engine {
  let redis: Servers | undefined;
  return {
    name,
    persistent: true,
    multiProcess: true,
    async start() {
      redis = await start();
    },
    async stop() {
      await redis?.[Symbol.asyncDispose]();
      redis = undefined;
    },
    open(clock) {
      if (!redis) throw new Error('the engine was not started');
      const { url, socketPathOf } = redis;
      shops += 1;
      const shop = `shop-${shops}`;
      return openShop({
        openHandle: () => openRedisStore({ url, shop, durability: 'none', clock: () => clock.now, ...options }),
        entries: async () => redisEntries(await socketPathOf(shop), shop),
      });
    },
  };
}

export const redisEngine = redisEngineOf('redis');

/** As on a server without `FUNCTION`. */
const evalshaEngine = redisEngineOf('redis by EVALSHA', { scripts: 'evalsha' });

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

/** The names of the engines to test, of the environment; all without it. */
const NAMES = process.env['HOLDFAST_ENGINES']?.split(',');
const tested = (all: readonly Engine[]): readonly Engine[] =>
  NAMES ? all.filter(({ name }) => NAMES.includes(name)) : all;

export const engines: readonly Engine[] = tested([memoryEngine, embeddedEngine, redisEngine]);

const groupEngines: readonly Engine[] = [
  redisEngineOf('redis behind Sentinel', {}, behindSentinel),
  redisEngineOf('redis cluster', {}, onCluster),
];

/** For the tests of the stores themselves: in both modes of the scripts on Redis, in full on several servers too. */
export const storeEngines: readonly Engine[] = tested([...engines, evalshaEngine, ...(FULL ? groupEngines : [])]);
