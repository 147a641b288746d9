import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RedisServer } from './redis-server.ts';

/**
 * Copies the server's append-only log as it is now, under a name of its own. Returns how to put the copy back under the server, which then has lost
 * what was written since. The server is stopped for either and started again on the same address.
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
