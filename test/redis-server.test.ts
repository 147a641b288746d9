import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './support/redis-server.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const ask = async <T>(path: string, question: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(path, { retryStrategy: () => null });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
};

test('a private Redis keeps fsynced data over kill -9, and ends with its test', async () => {
  let pid: number;
  let dir: string;
  {
    await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
    dir = dirname(redis.socketPath);
    await ask(redis.socketPath, (client) => client.set('kept', 'yes'));
    await redis.kill9();
    await redis.restart({ maxmemory: '100mb' });
    pid = redis.pid;
    expect(await ask(redis.socketPath, (client) => client.get('kept'))).toBe('yes');
    expect(await ask(redis.socketPath, (client) => client.config('GET', 'maxmemory'))).toContain('104857600');
    expect(await ask(redis.socketPath, (client) => client.config('GET', 'maxmemory-policy'))).toContain('noeviction');
  }
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(dir)).toBe(false);
});

test('reports why a Redis cannot start', async () => {
  await expect(startRedis({ 'no-such-setting': '1' })).rejects.toThrow(/ended at once:[^]*no-such-setting/);
});
