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

test('a demoted master is left: it serves no reads either, and serves again once it is a master', async () => {
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

test('what was in flight when the server was left is still answered, so it is known not to have been applied', async () => {
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

/** Without INFO a replica looks like a master: it is left at each write, and must not be connected to without a pause. */
test('a server that looks fit and is not is tried with a growing pause', async () => {
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
  // Pauses of 40, 80, 160 ms and so on, two links each time: without them there were hundreds.
  expect((await connections()) - before).toBeLessThan(30);
});
