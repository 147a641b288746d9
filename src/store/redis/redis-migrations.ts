import type { Redis } from 'ioredis';
import type { Migrations } from '../record-format.ts';
import { shopKey } from './link/redis-keys.ts';
import type { ScriptCalls } from './scripts/script-calls.ts';

/** Records in one call, so that no other call of the server waits for long. */
const SCANNED_RECORDS = 1_000;

/**
 * The migrations by format. A migration writes the number of the next format last, and runs again from the beginning if
 * a process ended before that. docs/decisions/formats.md describes how to add one.
 */
export const REDIS_MIGRATIONS: Migrations<(redis: Redis, shop: string, calls: ScriptCalls) => Promise<void>> = {
  // Records of format 3 have no client and no later settings, and read as if they had the initial values.
  3: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 4);
  },
  // Ledger entries of format 4 have no request id and no trace, which are optional.
  4: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 5);
  },
  // Stock records of format 5 have no committed units.
  5: async (redis, shop, calls) => {
    let cursor = '0';
    do {
      cursor = String(await calls.run(redis, 'widen-stock', [cursor, SCANNED_RECORDS]));
    } while (cursor !== '0');
    await redis.hset(shopKey(shop, 'meta'), 'format', 6);
  },
  // Data of format 6 has no reservations and no transfers.
  6: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 7);
  },
  // Records of format 7 have no backordered units, and read as if these were 0.
  7: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 8);
  },
  // Records of format 8 have no settings of kits, and read as if they had the initial values.
  8: async (redis, shop) => {
    await redis.hset(shopKey(shop, 'meta'), 'format', 9);
  },
};
