import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { poll } from '../../support/poll.ts';
import { kill9 } from '../../support/redis-group.ts';
import { type SentinelGroup, startSentinelGroup } from '../../support/sentinel-group.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf } from './redis-shop.ts';

const TIMEOUT = { timeout: 90_000 };

const sell = (store: Store, id: string): Promise<unknown> =>
  store.apply([transaction(id, [reserve(id, 'A', 1)])]).then(({ answers }) => answers[0]?.status, faultOf);

async function withShop(group: SentinelGroup, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openRedisStore({ url: group.url, shop: 'shop', durability: 'none' });
  try {
    await applySteps(store, configure('A'), receive('A', 9));
    await work(store);
  } finally {
    await store.close();
  }
}

async function expectReserved(store: Store, reserved: number): Promise<void> {
  const [view] = await store.read([{ skus: ['A'] }]);
  expect(view?.stock[0]).toMatchObject({ onHand: 9, reserved });
}

test('finds the master by its sentinels, and sells on at the next one after a failover', TIMEOUT, async () => {
  await using group = await startSentinelGroup();
  await withShop(group, async (store) => {
    expect(await sell(store, 'a')).toBe('applied');
    await group.caughtUp();
    kill9(group.master);
    await group.switched();
    await poll(async () => ['applied', 'replayed'].includes(String(await sell(store, 'b'))), { timeoutMs: 20_000 });
    await expectReserved(store, 2);
  });
});

test('leaves a master that has been replaced, while that one still takes writes', TIMEOUT, async () => {
  await using group = await startSentinelGroup();
  await withShop(group, async (store) => {
    await group.caughtUp();
    const old = new Redis(group.master.socketPath);
    try {
      await group.failover();
      await group.switched();
      await poll(async () => !String(await old.client('LIST')).includes('holdfast-'), { timeoutMs: 3_000 });
      expect(await old.info('replication')).toContain('role:master');
      expect(await Promise.all(['a', 'b', 'c'].map((id) => sell(store, id)))).toEqual(Array(3).fill('applied'));
    } finally {
      old.disconnect();
    }
    await expectReserved(store, 3);
  });
});

test('a master that was stopped during a failover and goes on sells nothing more', TIMEOUT, async () => {
  await using group = await startSentinelGroup();
  await withShop(group, async (store) => {
    // The sentinels do not lead this one to the new master.
    const url = `redis://127.0.0.1:${group.master.port}`;
    const left = await openRedisStore({ url, shop: 'shop', durability: 'none' });
    try {
      await group.caughtUp();
      process.kill(group.master.pid, 'SIGSTOP');
      const inFlight = ['a', 'b', 'c'].map((id) => sell(store, id));
      await group.switched();
      expect(await sell(store, 'd')).toBe('applied');
      process.kill(group.master.pid, 'SIGCONT');
      expect(await Promise.all(inFlight)).toEqual(Array(3).fill('applied'));
      await poll(async () => (await sell(left, 'left')) === 'unavailable');
      await expect(left.probe()).rejects.toMatchObject({ problem: expect.stringMatching(/was replaced|replica/) });
    } finally {
      process.kill(group.master.pid, 'SIGCONT');
      await left.close();
    }
    await expectReserved(store, 4);
  });
});

test('names what is wrong with each sentinel, and refuses a sentinel in the place of a server', TIMEOUT, async () => {
  await using group = await startSentinelGroup();
  const [sentinel] = /127\.0\.0\.1:\d+/.exec(group.url) ?? [];
  const problemOf = (url: string) =>
    openRedisStore({ url, shop: 'shop', durability: 'none', openDeadlineMs: 1_000 }).then(
      () => 'opened',
      (error: Error) => error.message,
    );
  expect(await problemOf(`redis+sentinel://${sentinel}/other`)).toContain(
    `sentinel ${sentinel} has no master of the name other`,
  );
  expect(await problemOf(`redis+sentinel://127.0.0.1:${group.master.port}/shop`)).toContain(
    `127.0.0.1:${group.master.port} is not a sentinel`,
  );
  expect(await problemOf('redis+sentinel://nowhere.invalid:1/shop')).toContain('the host name has no address (E');
  expect(await problemOf(`redis://${sentinel}`)).toContain('the server is a sentinel');
});
