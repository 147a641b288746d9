import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';

/** More than the bound of one second, because both processes share a busy machine with other tests. */
const PATIENCE_MS = 20_000;

test('a key works at once on two processes, and a revocation is in force on both', { timeout: 120_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  await using first = await startServerProcess({ REDIS_URL: redis.url });
  await using second = await startServerProcess({
    REDIS_URL: redis.url,
    OPERATOR_KEY: 'the-next-operator-key',
    OPERATOR_KEY_PREVIOUS: 'operator-key-of-the-tests',
  });
  const [one, other] = [new HttpCaller(first.url), new HttpCaller(second.url)];
  const input = { name: 'reader', scopes: ['stock:read' as const] };
  const { keyId, key = '' } = must(await one.asOperator().mutate('keys.create', input));
  must(await other.asOperator(key).query('stock.list', {}));
  must(await one.asOperator(key).query('stock.list', {}));

  // The second process is asked without a pause, as a busy shop would, and once after it was idle.
  must(await other.asOperator('the-next-operator-key').mutate('keys.revoke', { keyId }));
  const outcome = async (caller: HttpCaller) => {
    const answer = await caller.asOperator(key).query('stock.list', {});
    return answer.ok ? 'accepted' : `${answer.status} ${answer.reason}`;
  };
  expect(await outcome(other)).toBe('403 not_authorized');
  const began = performance.now();
  let lastAccepted = began;
  await poll(
    async () => {
      const sentAt = performance.now();
      if ((await outcome(one)) !== 'accepted') return true;
      lastAccepted = sentAt;
      return false;
    },
    { timeoutMs: PATIENCE_MS, describe: () => 'the first process still accepts the key' },
  );
  // No call that was sent later than a second after the revocation was accepted.
  expect(lastAccepted - began).toBeLessThan(1_000);
  must(await other.asOperator().query('stock.list', {}));
  for (const caller of [one, other]) caller.close();
});
