import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Leadership } from '../../../src/store/leadership.ts';
import { poll } from '../../support/poll.ts';
import { openRedisShop } from './redis-shop.ts';

/** Leads until `stop` is called. `state` shows whether it leads. */
function candidate(leadership: Leadership) {
  const state = { leading: false, times: 0 };
  const stop = leadership.whileLeading(async (signal) => {
    state.leading = true;
    state.times += 1;
    if (!signal.aborted) await once(signal, 'abort');
    state.leading = false;
  });
  return { state, stop };
}

test('one process leads, and another one takes over when it stops', async () => {
  await using shop = await openRedisShop();
  const other = await shop.open();
  const first = candidate(shop.store.leadership('sweep'));
  await poll(() => first.state.leading);
  const second = candidate(other.leadership('sweep'));
  const elsewhere = candidate(other.leadership('something else'));
  await poll(() => elsewhere.state.leading);
  expect(second.state.leading).toBe(false);
  await first.stop();
  expect(first.state).toEqual({ leading: false, times: 1 });
  await poll(() => second.state.leading);
  await Promise.all([second.stop(), elsewhere.stop()]);
  expect(await shop.admin.keys('*leader*')).toEqual([]);
});

test('keeps the lead for many lifetimes of its lock', { timeout: 60_000 }, async () => {
  await using shop = await openRedisShop();
  const other = await shop.open();
  // 30 renewals, each 200 ms after the one before. A renewal may be 1.3 seconds late.
  const times = { lockMs: 1_500, renewBeforeMs: 1_300 };
  const first = candidate(shop.store.leadership('sweep', times));
  await poll(() => first.state.leading);
  const second = candidate(other.leadership('sweep', times));
  const lock = await shop.admin.get(shop.key('leader:sweep'));
  let renewals = 0;
  let leftMs = 0;
  await poll(
    async () => {
      const left = await shop.admin.pttl(shop.key('leader:sweep'));
      if (left > leftMs) renewals += 1;
      leftMs = left;
      return renewals >= 30 || first.state.times > 1 || !first.state.leading;
    },
    { timeoutMs: 50_000 },
  );
  expect([first.state, second.state.times]).toEqual([{ leading: true, times: 1 }, 0]);
  expect(await shop.admin.get(shop.key('leader:sweep'))).toBe(lock);
  await Promise.all([first.stop(), second.stop()]);
});

test('stops leading when the lock is lost, and then acquires it again', { timeout: 20_000 }, async () => {
  await using shop = await openRedisShop();
  const { state, stop } = candidate(shop.store.leadership('sweep'));
  await poll(() => state.leading);
  await shop.admin.set(shop.key('leader:sweep'), 'another process', 'PX', 3_000);
  await poll(() => !state.leading, { timeoutMs: 10_000 });
  await poll(() => state.times === 2, { timeoutMs: 10_000 });
  expect(state.leading).toBe(true);
  await stop();
});

test('logs a leader task that fails and starts it again, also after an outage of Redis', async () => {
  const warnings: string[] = [];
  await using shop = await openRedisShop(
    { readDeadlineMs: 300, warn: (line) => warnings.push(line) },
    { appendonly: 'yes' },
  );
  let runs = 0;
  const stop = shop.store.leadership('sweep').whileLeading(async () => {
    runs += 1;
    throw new Error('the task failed');
  });
  await poll(() => runs >= 2);
  expect(warnings[0]).toMatch(/leader:sweep.*the task failed/);
  await shop.redis.kill9();
  const before = runs;
  await poll(() =>
    shop.store.health().then(
      () => false,
      () => true,
    ),
  );
  await shop.redis.restart();
  await poll(() => runs > before + 1, { timeoutMs: 10_000 });
  await stop();
});

test('stops without waiting for an unreachable Redis', async () => {
  await using shop = await openRedisShop({ readDeadlineMs: 300, batchDeadlineMs: 300 });
  const { state, stop } = candidate(shop.store.leadership('sweep'));
  await poll(() => state.leading);
  await shop.redis.kill9();
  const started = performance.now();
  await stop();
  expect(state.leading).toBe(false);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('deletes a lock that outlives its time because the clock stepped back', async () => {
  await using shop = await openRedisShop();
  await shop.admin.set(shop.key('leader:sweep'), 'a process that is gone', 'PX', 3_600_000);
  const { state, stop } = candidate(shop.store.leadership('sweep'));
  await poll(() => state.leading);
  await stop();
  expect(state).toEqual({ leading: false, times: 1 });
});

test('deletes a lock without an expiry', async () => {
  await using shop = await openRedisShop();
  await shop.admin.set(shop.key('leader:sweep'), 'written by hand');
  const { state, stop } = candidate(shop.store.leadership('sweep'));
  await poll(() => state.leading);
  await stop();
  expect(state).toEqual({ leading: false, times: 1 });
});
