import { createHoldfast, type Holdfast, type Settings } from '../../src/index.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type RedisServer, startRedis } from '../../test/support/redis-server.ts';
import { auditShop } from './audit-shop.ts';

export type Fsync = 'always' | 'everysec';

export interface BenchShop {
  readonly redis: RedisServer;
  readonly store: Store;
  readonly holdfast: Holdfast;
  /** Throws unless the audit finds no violation and exactly so many reserved and sold units. */
  audit(expected: { reserved: number; sold?: number }): Promise<void>;
  /** Closes this process's connections, and leaves Redis running. Idempotent. */
  leave(): Promise<void>;
  /** Closes the connections, and ends Redis. */
  close(): Promise<void>;
}

export const SHOP = 'bench';
/** A million holds take a while to load. */
const READY_TIMEOUT_MS = 120_000;

/**
 * The base of both sides of a comparison: a Redis of its own on a unix socket. By default it does not rewrite its AOF,
 * because that would fall into one side's round and not into the other's.
 */
export const startBenchRedis = (
  fsync: Fsync,
  { rewrites = false }: { rewrites?: boolean | undefined } = {},
): Promise<RedisServer> =>
  startRedis(
    {
      appendonly: 'yes',
      appendfsync: fsync,
      ...(rewrites ? {} : { 'auto-aof-rewrite-percentage': '0' }),
    },
    { readyTimeoutMs: READY_TIMEOUT_MS },
  );

/**
 * A whole Holdfast in this process, including expiry, as in the server. Inputs are trusted, because the server's router
 * checks them first.
 */
export async function openRedisShop(
  fsync: Fsync = 'everysec',
  { rewrites, settings = {} }: { rewrites?: boolean | undefined; settings?: Partial<Settings> | undefined } = {},
): Promise<BenchShop> {
  const redis = await startBenchRedis(fsync, { rewrites });
  try {
    const durability = fsync === 'always' ? 'local' : 'relaxed';
    const store = await openRedisStore({ url: redis.url, shop: SHOP, durability });
    const holdfast = createHoldfast({ store, inputs: 'trusted', settings });
    holdfast.expiry.start();
    const leave = async (): Promise<void> => {
      await holdfast.close();
      await store.close();
    };
    return {
      redis,
      store,
      holdfast,
      audit: (expected) => auditShop(holdfast, expected),
      leave,
      close: async () => {
        await leave();
        await redis[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await redis[Symbol.asyncDispose]();
    throw error;
  }
}
