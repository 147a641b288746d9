import { once } from 'node:events';
import { expect, test } from 'vitest';
import { LeadWatch } from '../../src/health/lead-watch.ts';
import { ALWAYS_LEADING, type Leadership } from '../../src/store/leadership.ts';
import { openRedisShop, type RedisShop } from '../store/redis/redis-shop.ts';
import { listeningLog } from '../support/listening-log.ts';
import { poll } from '../support/poll.ts';
import { startShop } from '../support/shop-server.ts';

const UNLED_MS_MAX = 300;
const WARNING = expect.stringMatching(/^warn: no process of this shop has led it/);
const END = 'info: a process leads this shop again';

function watched(shop: RedisShop, leadership: Leadership = shop.store.leadership('expiry')) {
  const { lines, log } = listeningLog();
  const watch = new LeadWatch(leadership, log, UNLED_MS_MAX);
  const resign = leadership.whileLeading(async (signal) => {
    if (!signal.aborted) await once(signal, 'abort');
  });
  /** Checks repeatedly until there are `count` lines, and then a few times more. */
  const linesOf = async (count: number): Promise<string[]> => {
    await poll(() => (watch.check(), lines.length >= count), { timeoutMs: 20_000 });
    for (let n = 0; n < 3; n += 1) watch.check();
    return lines;
  };
  return { leadership, lines, watch, linesOf, resign };
}

test('warns once in each episode without a leader, and reports its end', { timeout: 60_000 }, async () => {
  await using shop = await openRedisShop({ readDeadlineMs: 300 }, { appendonly: 'yes' });
  await shop.admin.acl('SETUSER', 'default', '-eval', '-evalsha');
  const { leadership, linesOf, resign } = watched(shop);
  expect(await linesOf(1)).toEqual([WARNING]);
  expect([leadership.isLeading, leadership.unledMs >= UNLED_MS_MAX]).toEqual([false, true]);
  await shop.admin.acl('SETUSER', 'default', '+eval', '+evalsha');
  expect(await linesOf(2)).toEqual([WARNING, END]);
  expect([leadership.isLeading, leadership.unledMs]).toEqual([true, 0]);
  await shop.redis.kill9();
  expect(await linesOf(3)).toEqual([WARNING, END, WARNING]);
  expect(leadership.isLeading).toBe(false);
  await shop.redis.restart();
  expect(await linesOf(4)).toEqual([WARNING, END, WARNING, END]);
  await resign();
  expect(leadership.isLeading).toBe(false);
});

test('a process does not warn while another one leads', async () => {
  await using shop = await openRedisShop();
  const leader = watched(shop);
  await poll(() => leader.leadership.isLeading);
  const other = await shop.open();
  const follower = watched(shop, other.leadership('expiry'));
  // Longer than the bound, so that the follower checks again.
  const until = performance.now() + 5 * UNLED_MS_MAX;
  await poll(() => (follower.watch.check(), performance.now() > until));
  expect([follower.leadership.isLeading, follower.leadership.unledMs, follower.lines]).toEqual([false, 0, []]);
  await leader.resign();
  await poll(() => follower.leadership.isLeading);
  expect(follower.lines).toEqual([]);
  await follower.resign();
});

test('the metric shows whether this process leads, and is always 1 without other processes', async () => {
  await using shop = await startShop();
  const { text } = await shop.fetch('/metrics');
  expect(text).toMatch(/^holdfast_is_leader 1$/m);
  const { lines, log } = listeningLog();
  new LeadWatch(ALWAYS_LEADING, log, 1).check();
  expect(lines).toEqual([]);
});
