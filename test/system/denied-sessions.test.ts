import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';

/** The promise is a second. A busy machine may delay the process that has to notice. */
const IN_FORCE_MS = 5_000;

test('a revoked or blocked session is refused by all processes of the shop', { timeout: 120_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const settings = { REDIS_URL: redis.url, SESSION_SECRET: 'a-secret-that-both-processes-have' };
  await using first = await startServerProcess(settings);
  await using second = await startServerProcess(settings);
  const operator = new HttpCaller(first.url).asOperator();
  const elsewhere = new HttpCaller(second.url);
  const outcomeOf = async (session: string): Promise<string> => {
    const answer = await elsewhere.as(session).query('cart.get', undefined);
    return answer.ok ? 'ok' : answer.reason;
  };
  const issue = async (customerId?: string): Promise<string> =>
    must(await operator.mutate('session.create', customerId === undefined ? {} : { customerId })).sessionId;
  const [one, ann, other] = [await issue(), await issue('ann'), await issue()];
  for (const session of [one, ann, other]) expect(await outcomeOf(session)).toBe('ok');

  must(await operator.mutate('session.revoke', { sessionId: one }));
  await poll(async () => (await outcomeOf(one)) === 'session_required', { timeoutMs: IN_FORCE_MS });
  must(await operator.mutate('session.revoke', { customerId: 'ann' }));
  await poll(async () => (await outcomeOf(ann)) === 'session_required', { timeoutMs: IN_FORCE_MS });
  expect(await outcomeOf(other)).toBe('ok');

  const { cartId } = must(await elsewhere.as(other).query('cart.get', undefined));
  const session = cartId.replace('crt_', '');
  must(await operator.mutate('sessions.block', { session, reason: 'holds stock and never buys' }));
  await poll(async () => (await outcomeOf(other)) === 'not_authorized', { timeoutMs: IN_FORCE_MS });
  must(await operator.mutate('sessions.unblock', { session }));
  await poll(async () => (await outcomeOf(other)) === 'ok', { timeoutMs: IN_FORCE_MS });

  // A process that starts later knows them before its first answer.
  await using third = await startServerProcess(settings);
  const late = await new HttpCaller(third.url).as(one).query('cart.get', undefined);
  expect(late).toMatchObject({ ok: false, reason: 'session_required' });
});

test('after a pause without sessions, the first call already knows of a revocation', { timeout: 60_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const settings = { REDIS_URL: redis.url, SESSION_SECRET: 'a-secret-that-both-processes-have' };
  await using first = await startServerProcess(settings);
  await using second = await startServerProcess(settings);
  const operator = new HttpCaller(first.url).asOperator();
  const { sessionId } = must(await operator.mutate('session.create', {}));
  const elsewhere = new HttpCaller(second.url).as(sessionId);
  must(await elsewhere.query('cart.get', undefined));
  const usedAt = performance.now();
  must(await operator.mutate('session.revoke', { sessionId }));
  // Longer than what a process knows may be old.
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, usedAt + 1_000 - performance.now())));
  expect(await elsewhere.query('cart.get', undefined)).toMatchObject({ ok: false, reason: 'session_required' });
});
