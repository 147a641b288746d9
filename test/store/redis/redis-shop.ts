import { Redis } from 'ioredis';
import { openRedisStore, type RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { type Store, StoreError } from '../../../src/store/store.ts';
import { type RedisConfig, type RedisServer, startRedis } from '../../support/redis-server.ts';
import type { Step } from '../../../src/domain/steps.ts';
import { transaction } from '../../support/transactions.ts';

export interface RedisShop extends AsyncDisposable {
  redis: RedisServer;
  store: RedisStore;
  /** A connection of an operator. */
  admin: Redis;
  key(name: string): string;
  open(options?: Partial<RedisStoreOptions>): Promise<RedisStore>;
}

/** Starts a private server with a shop and a connection that does not go through the store. */
export async function openRedisShop(
  options: Partial<RedisStoreOptions> = {},
  settings: RedisConfig = {},
  env: Record<string, string> = {},
): Promise<RedisShop> {
  const redis = await startRedis(settings, { env });
  const admin = new Redis(redis.socketPath, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  admin.on('error', () => undefined);
  const stores: RedisStore[] = [];
  const open = async (more: Partial<RedisStoreOptions> = {}) => {
    const store = await openRedisStore({ url: redis.url, shop: 'shop', durability: 'none', ...options, ...more });
    stores.push(store);
    return store;
  };
  const store = await open();
  return {
    redis,
    store,
    admin,
    key: (name) => `{shop}:${name}`,
    open,
    async [Symbol.asyncDispose]() {
      for (const opened of stores) await opened.close();
      admin.disconnect();
      await redis[Symbol.asyncDispose]();
    },
  };
}

/**
 * Sets `maxmemory` so that 94 % of it are in use. The use falls when Redis gives buffers back, so tests do this again
 * until the level is noticed.
 */
export async function fillRedis(admin: Redis): Promise<void> {
  const used = Number(/^used_memory:(\d+)/m.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', String(Math.round(used / 0.94)));
}

let transactions = 0;

/** Applies the steps as a transaction with a new id. */
export async function applySteps(store: Store, ...steps: Step[]) {
  transactions += 1;
  const { answers } = await store.apply([transaction(`auto-${transactions}`, steps)]);
  return answers[0];
}

/** Returns the fault of a StoreError, and any other value unchanged. */
export const faultOf = (error: unknown): unknown => (error instanceof StoreError ? error.fault : error);
