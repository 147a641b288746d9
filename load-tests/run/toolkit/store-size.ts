import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Gauges } from '../../lib/words.ts';

/** What a sample says of the store. */
export type StoreNumbers = Pick<Gauges, 'storeBytes' | 'records' | 'liveHolds'>;

export const UNKNOWN_STORE: StoreNumbers = { storeBytes: null, records: null, liveHolds: null };

/** Resolves with the memory of all keys of these masters, without their buffers. */
export async function redisBytes(urls: readonly string[]): Promise<number> {
  const sizes = await Promise.all(urls.map(keyBytes));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function keyBytes(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    let bytes = 0;
    // A shop has a few dozen keys.
    for (const key of await redis.keys('*')) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    return bytes;
  } finally {
    redis.disconnect();
  }
}

/** Resolves with the size of all files below a directory. */
export async function directoryBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

/** Resolves with the memory and the records of one Redis. It is cheap, unlike `redisBytes`. */
export async function redisNumbers(url: string): Promise<StoreNumbers> {
  const redis = new Redis(url);
  try {
    const [, used] = /^used_memory:(\d+)\r?$/m.exec(await redis.info('memory')) ?? [];
    const keys = await redis.keys('*');
    const sizes = await Promise.all(keys.map(async (key) => [key, await countOf(redis, key)] as const));
    const sum = (counted: typeof sizes): number => counted.reduce((total, [, count]) => total + count, 0);
    return {
      storeBytes: Number(used),
      records: sum(sizes),
      liveHolds: sum(sizes.filter(([key]) => key.endsWith(':holds'))),
    };
  } finally {
    redis.disconnect();
  }
}

async function countOf(redis: Redis, key: string): Promise<number> {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hlen(key);
  if (type === 'zset') return redis.zcard(key);
  return type === 'stream' ? redis.xlen(key) : 1;
}
