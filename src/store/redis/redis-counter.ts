import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { SharedCounter } from '../opened-store.ts';
import { shopKey } from './link/redis-keys.ts';
import type { ScriptReader } from './scripts/script-reader.ts';

/** The time after which a count expires: two windows of the call counts. */
const SECONDS = 120;

/** Unlike the library's own script, it uses only commands that Holdfast needs anyway. */
const ADD = `local consumed = (redis.call('GET', KEYS[1]) or 0) + ARGV[1]
redis.call('SET', KEYS[1], string.format('%.0f', consumed), 'PX', ARGV[2] * 1000)
return {consumed, ARGV[2] * 1000}`;

/** Returns counts in Redis, under keys of the shop that expire. */
export function redisCounter(reader: ScriptReader, shop: string): SharedCounter {
  const limiter = new RateLimiterRedis({
    storeClient: counterClient(reader),
    keyPrefix: shopKey(shop, 'rate'),
    points: Number.MAX_SAFE_INTEGER,
    duration: SECONDS,
  });
  return { add: async (name, calls) => (await limiter.penalty(name, calls)).consumedPoints };
}

/**
 * rate-limiter-flexible calls one method of a client of ioredis. This one uses the store's own connection, which
 * settles every call, also when Redis is unreachable.
 */
function counterClient(reader: ScriptReader) {
  return {
    rlflxIncr: ([key, calls, seconds]: [string, string, string]) => reader.raw('EVAL', [ADD, 1, key, calls, seconds]),
  };
}
