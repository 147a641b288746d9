import { expect, test } from 'vitest';
import { poll } from '../../support/poll.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { startHoldingRelay } from './holding-relay.ts';
import { applySteps, faultOf, openRedisShop, type RedisShop } from './redis-shop.ts';

const reserveOne = (id: string) => [transaction(id, [reserve(id, 'A', 1)])];

async function stocked(): Promise<RedisShop> {
  const shop = await openRedisShop({ batchDeadlineMs: 1_000, readDeadlineMs: 1_000 });
  await applySteps(shop.store, configure('A'), receive('A', 9));
  return shop;
}

const outcomeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'done', faultOf);

test('disconnects from a demoted master, also for reads, and uses it again once it is a master', async () => {
  await using shop = await stocked();
  await shop.admin.replicaof('127.0.0.1', 1);
  expect(await outcomeOf(shop.store.apply(reserveOne('a')))).toBe('unavailable');
  const reading = shop.store.read([{ skus: ['A'] }]);
  await expect(reading).rejects.toMatchObject({
    fault: 'unavailable',
    problem: 'Redis is a replica: only its master serves the shop',
  });
  await expect(shop.store.health()).rejects.toMatchObject({ fault: 'unavailable' });
  await shop.admin.replicaof('NO', 'ONE');
  await poll(async () => (await outcomeOf(shop.store.apply(reserveOne('b')))) === 'done', { timeoutMs: 10_000 });
  expect(await outcomeOf(shop.store.read([{ skus: ['A'] }]))).toBe('done');
});

test('waits for answers in flight before it disconnects, so that their outcomes are known', async () => {
  await using shop = await stocked();
  await using relay = await startHoldingRelay(shop.redis.socketPath);
  const store = await shop.open({ url: relay.url, batchDeadlineMs: 10_000 });
  await shop.admin.replicaof('127.0.0.1', 1);
  relay.holdAfter(1, 1);
  const [first, second] = ['a', 'b'].map((id) => outcomeOf(store.apply(reserveOne(id))));
  expect(await first).toBe('unavailable');
  await relay.held(1);
  await relay.letGo();
  expect(await second).toBe('unavailable');
});

/** Without INFO a replica looks like a master: each write ends the connection, so reconnecting needs a pause. */
test('reconnects with growing pauses to a server that only looks like a master', async () => {
  await using shop = await stocked();
  await shop.admin.call('ACL', 'SETUSER', 'default', '-info');
  const connections = async () =>
    Number(/total_connections_received:(\d+)/.exec(String(await shop.admin.info('stats')))?.[1]);
  await shop.admin.call('ACL', 'SETUSER', 'watcher', 'on', '>pass', '~*', '&*', '+@all');
  await shop.admin.auth('watcher', 'pass');
  await shop.admin.replicaof('127.0.0.1', 1);
  const before = await connections();
  const until = performance.now() + 2_000;
  while (performance.now() < until) await outcomeOf(shop.store.apply(reserveOne('a')));
  // Pauses of 40, 80, 160 ms and so on, with two connections each time. Without them there would be hundreds.
  expect((await connections()) - before).toBeLessThan(30);
});
