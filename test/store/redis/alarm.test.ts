import { expect, test } from 'vitest';
import { poll } from '../../support/poll.ts';
import { configure, put, receive, release, reserve } from '../../support/transactions.ts';
import { applySteps, openRedisShop } from './redis-shop.ts';

const HOUR_MS = 3_600_000;

test('the alarm key expires at the earliest deadline, and is written only when that changes', async () => {
  await using shop = await openRedisShop();
  const { store, admin } = shop;
  const alarmIn = () => admin.pttl(shop.key('alarm'));
  const near = (ms: number) => ({ lower: ms - 5_000, upper: ms });
  const expectAlarm = async ({ lower, upper }: { lower: number; upper: number }) => {
    const left = await alarmIn();
    expect(left).toBeGreaterThan(lower);
    expect(left).toBeLessThanOrEqual(upper);
  };
  await applySteps(store, configure('A'), receive('A', 9));
  expect(await alarmIn()).toBe(-2);
  await applySteps(store, reserve('h1', 'A', 1, { ttlMs: 2 * HOUR_MS }));
  await expectAlarm(near(2 * HOUR_MS));
  await applySteps(store, put('d', 'any', { body: '', dueInMs: HOUR_MS }));
  await expectAlarm(near(HOUR_MS));
  await admin.persist(shop.key('alarm'));
  await applySteps(store, reserve('h2', 'A', 1, { ttlMs: 3 * HOUR_MS }));
  expect(await alarmIn()).toBe(-1);
  await applySteps(store, put('d', 'any', { body: '', dueInMs: null }));
  await expectAlarm(near(2 * HOUR_MS));
  await applySteps(store, release('h1'), release('h2'));
  expect(await alarmIn()).toBe(-2);
});

test('the expiry of the alarm key notifies every listener, except those that have stopped', async () => {
  await using shop = await openRedisShop();
  const other = await shop.open();
  const heard = { here: 0, there: 0, stopped: 0 };
  shop.store.onAlarm(() => (heard.here += 1));
  other.onAlarm(() => (heard.there += 1));
  other.onAlarm(() => (heard.stopped += 1))();
  await poll(() => heard.here > 0 && heard.there > 0, {
    describe: () => 'a listener was not notified of the connection',
  });
  const before = { ...heard };
  await applySteps(shop.store, configure('A'), receive('A', 9), reserve('h', 'A', 1, { ttlMs: 50 }));
  await poll(() => heard.here > before.here && heard.there > before.there);
  expect(heard.stopped).toBe(0);
  expect((await other.reclaim({ limit: 1 })).ended).toBe(1);
});

test('keeps the notifications that an operator has configured, and sets its own again after a restart', async () => {
  await using shop = await openRedisShop({}, { 'notify-keyspace-events': 'Kl' });
  let heard = 0;
  shop.store.onAlarm(() => (heard += 1));
  const flags = async () => ((await shop.admin.config('GET', 'notify-keyspace-events')) as string[])[1] ?? '';
  await poll(() => heard === 1);
  expect([...(await flags())].sort().join('')).toBe('EKlx');
  await shop.redis.restart();
  await poll(() => heard === 2, { describe: () => 'the listener was not notified of the new connection' });
  expect([...(await flags())].sort().join('')).toBe('EKlx');
});
