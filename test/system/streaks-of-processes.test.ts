import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { stockUp } from '../support/books.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';

const LIFETIME_MS = 32_000;
/** Streaks of at least this age are shared. */
const SHARED_AGE_MS = 2_000;

test('a fresh session of a client does not start a new life on another process', { timeout: 120_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const settings = {
    REDIS_URL: redis.url,
    TRUST_PROXY: 'loopback',
    HOLD_TTL_MS: String(LIFETIME_MS),
    HOLD_LIFETIME_MAX_MS: String(LIFETIME_MS),
    HOLD_COOLDOWN_MS: '60000',
  };
  await using first = await startServerProcess(settings);
  await using second = await startServerProcess(settings);
  const [here, there] = [first, second].map(({ url }) => new HttpCaller(url)) as [HttpCaller, HttpCaller];
  await stockUp(here, { drop: 500 });
  const admin = new Redis(redis.socketPath);
  const add = async (caller: HttpCaller): Promise<number> => {
    const { serverTime, lines } = must(await caller.mutate('cart.add', { sku: 'drop', quantity: 1 }));
    return (lines[0]?.expiresAt ?? NaN) - serverTime;
  };
  const readsOfNotes = async (): Promise<number> =>
    Number(/cmdstat_xrange:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);
  try {
    const attacker = here.as('session-of-the-attacker').from('attacker');
    const since = performance.now();
    expect(await add(attacker)).toBe(LIFETIME_MS);
    // The age of the streak is a part of the attack.
    await new Promise((resolve) => setTimeout(resolve, SHARED_AGE_MS + 100));
    must(await attacker.mutate('cart.remove', { sku: 'drop' }));
    await poll(async () => (await admin.xlen('{main}:notes')) > 0, { timeoutMs: 20_000 });
    const before = await readsOfNotes();
    // Both processes read a few times a second.
    await poll(async () => (await readsOfNotes()) >= before + 8, { timeoutMs: 20_000 });

    const fresh = await add(there.as('another-session').from('attacker'));
    expect(fresh).toBeLessThanOrEqual(LIFETIME_MS - SHARED_AGE_MS);
    expect(fresh).toBeGreaterThan(LIFETIME_MS - (performance.now() - since) - 1_000);
    expect(await add(there.as('session-of-the-attacker').from('attacker'))).toBeLessThan(LIFETIME_MS - SHARED_AGE_MS);
    expect(await add(there.as('honest-session').from('neighbor'))).toBe(LIFETIME_MS);
  } finally {
    admin.disconnect();
  }
});
