import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisServer } from '../../../test/support/redis-server.ts';

/** Resolves with the memory of all keys in Redis, without its buffers. */
export async function redisBytes({ url }: Pick<RedisServer, 'url'>): Promise<number> {
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
