import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { openRedisShop } from '../store/redis/redis-shop.ts';

const DEADLINE_MS = 20_000;
/** In production the settings are read three times per minute. */
const SETTINGS_CHECK_MS = 200;

async function startOnRedis() {
  const options = {
    shop: 'main',
    durability: 'relaxed',
    settingsCheckMs: SETTINGS_CHECK_MS,
    openDeadlineMs: DEADLINE_MS,
  } as const;
  const redis = await openRedisShop(options, { appendonly: 'yes' });
  const server = await startShop({ LOG_LEVEL: 'info' }, redis.store);
  return {
    server,
    admin: redis.admin,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

const ready = (server: ShopServer) => server.fetch('/health/ready');

const gauge = async (server: ShopServer): Promise<string | undefined> =>
  /^holdfast_ready (\d)$/m.exec((await server.fetch('/metrics')).text)?.[1];

/** No client calls the shop, so that it has to detect the problem itself. */
async function expectUnready(server: ShopServer, reason: RegExp): Promise<void> {
  const answer = await poll(
    async () => {
      const now = await ready(server);
      return now.status === 503 && reason.test(now.text) && now;
    },
    { timeoutMs: DEADLINE_MS, describe: () => `${reason}: ${JSON.stringify(server.running.readiness.verdict)}` },
  );
  expect(JSON.parse(answer.text)).toMatchObject({ status: 'unavailable', reason: expect.stringMatching(reason) });
  expect(answer.text).not.toMatch(/redis\.sock|unix:/);
  expect(await gauge(server)).toBe('0');
  expect(
    server.log.find(({ msg, reasons }) => msg === 'not ready to serve' && reason.test(String(reasons))),
  ).toBeDefined();
}

async function expectReady(server: ShopServer): Promise<void> {
  await poll(async () => (await ready(server)).status === 200, {
    timeoutMs: DEADLINE_MS,
    describe: () => JSON.stringify(server.running.readiness.verdict),
  });
  expect(await gauge(server)).toBe('1');
}

const set = (name: string, value: string) => (admin: Redis) => admin.config('SET', name, value);

describe('an idle server on Redis is unready while', () => {
  let shop: Awaited<ReturnType<typeof startOnRedis>>;
  beforeAll(async () => {
    shop = await startOnRedis();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  test.each<[name: string, reason: RegExp, begin: (admin: Redis) => unknown, end: (admin: Redis) => unknown]>([
    ['its memory is full', /out of memory/, set('maxmemory', '1mb'), set('maxmemory', '0')],
    [
      'it is a replica',
      /is a replica|read-only replica/,
      (admin) => admin.replicaof('127.0.0.1', 1),
      (admin) => admin.replicaof('NO', 'ONE'),
    ],
    ['it lacks replicas', /too few replicas/, set('min-replicas-to-write', '1'), set('min-replicas-to-write', '0')],
    [
      'it evicts',
      /maxmemory-policy is allkeys-lru: it must be noeviction/,
      set('maxmemory-policy', 'allkeys-lru'),
      set('maxmemory-policy', 'noeviction'),
    ],
    ['it has no AOF', /appendonly is no/, set('appendonly', 'no'), set('appendonly', 'yes')],
    ['its AOF is never flushed', /appendfsync is no/, set('appendfsync', 'no'), set('appendfsync', 'everysec')],
  ])('%s, and ready again afterwards', { timeout: 60_000 }, async (_name, reason, begin, end) => {
    await expectReady(shop.server);
    await begin(shop.admin);
    await expectUnready(shop.server, reason);
    await end(shop.admin);
    await expectReady(shop.server);
    expect(shop.server.log.some(({ msg }) => msg === 'ready to serve')).toBe(true);
  });
});
