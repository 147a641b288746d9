import { expect, test } from 'vitest';
import { epochBeganAt } from '../../../src/domain/epoch.ts';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { poll } from '../../support/poll.ts';
import { startChain } from '../../support/redis-replicas.ts';
import { configure, receive } from '../../support/transactions.ts';
import { applySteps } from './redis-shop.ts';
import { startSwitchingRelay } from './switching-relay.ts';

const PAUSE_MS = 2_000;

test('answers no read at a promoted replica before each process has looked for lost writes', async () => {
  await using chain = await startChain(2);
  const [master, replica] = chain;
  if (!master || !replica) throw new Error('the chain is too short');
  await using relay = await startSwitchingRelay(master.server.socketPath);
  const store = await openRedisStore({ url: relay.url, shop: 'shop', durability: 'relaxed', readDeadlineMs: 200 });
  await applySteps(store, configure('A'), receive('A', 9));
  await poll(async () => (await replica.admin.hget('{shop}:meta', 'sequence')) !== null);
  const epoch = async (): Promise<number> => Number(await replica.admin.hget('{shop}:meta', 'epoch'));
  const before = await epoch();
  await replica.promote();
  relay.switchTo(replica.server.socketPath);
  await poll(
    () =>
      store.read([{ skus: ['A'] }]).then(
        () => true,
        () => false,
      ),
    { timeoutMs: 20_000 },
  );
  const [seconds = 0, micros = 0] = await replica.admin.time();
  const after = await epoch();
  expect(after).toBeGreaterThan(before);
  expect(Number(seconds) * 1_000 + Number(micros) / 1_000 - epochBeganAt(after)).toBeGreaterThanOrEqual(PAUSE_MS);
  await store.close();
});
