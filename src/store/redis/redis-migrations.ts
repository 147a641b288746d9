import type { Redis } from 'ioredis';
import type { Migrations } from '../record-format.ts';
import { shopKey } from './link/redis-keys.ts';

/**
 * The migrations by format. A migration writes the number of the next format last, and runs again from the beginning if
 * a process ended before that. docs/decisions/formats.md describes how to add one.
 */
export const REDIS_MIGRATIONS: Migrations<(redis: Redis, shop: string) => Promise<void>> = {
  // Records of format 3 have no client and no later settings, and read as if they had the initial values.
  3: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 4);
  },
  // Ledger entries of format 4 have no request id and no trace, which are optional.
  4: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 5);
  },
};
