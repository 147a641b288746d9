import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RedisServer } from './redis-server.ts';

/**
 * Copies the server's present append-only log under another name. Returns a function that restores the copy, so that
 * the server loses all later writes. The server is stopped for both and restarted on the same address.
 */
export async function keepLog(redis: RedisServer, name = 'copy'): Promise<() => Promise<void>> {
  const log = join(dirname(redis.socketPath), 'appendonlydir');
  const copy = `${log}.${name}`;
  await redis.stop();
  await cp(log, copy, { recursive: true });
  await redis.restart();
  return async () => {
    await redis.stop();
    await rm(log, { recursive: true });
    await cp(copy, log, { recursive: true });
    await redis.restart();
  };
}
