import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';

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
