import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { startRedis } from '../support/redis-server.ts';
import { configure, transaction } from '../support/transactions.ts';

const STORES = 40;

/**
 * A few turns of the event loop pass between the end of a connection and the client's event for it. A call that begins
 * in one of them fails at once. A store that retried without a pause would block the event loop, and the event would
 * never come. The test has one idle store for each turn, so that some call begins in the gap.
 */
test('a call that begins while its connection ends does not block the event loop, and settles', {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  const stores = await Promise.all(
    Array.from({ length: STORES }, (_, index) =>
      openRedisStore({ url: redis.url, shop: `shop-${index}`, durability: 'none', batchDeadlineMs: 500 }),
    ),
  );
  const killed = redis.kill9();
  const calls: Promise<unknown>[] = [];
  for (const store of stores) {
    calls.push(store.apply([transaction('t', [configure('A')])]).catch((error: Error) => error.name));
    await nextTurn();
  }
  await killed;
  const answers = await Promise.all(calls);
  expect(answers.at(-1)).toBe('StoreError');
  for (const store of stores) await store.close();
});
