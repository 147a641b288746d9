import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Lane } from '../../../src/actor/lane.ts';
import { LANE_LIMITS } from '../../../src/actor/lane-limits.ts';
import type { Answer, Transaction } from '../../../src/domain/transaction.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { startHoldingRelay } from './holding-relay.ts';
import { openRedisShop } from './redis-shop.ts';

/** The connection for batches, by the number that Redis gave it: another number means that it was given up. */
async function batchConnections(admin: Redis): Promise<string[]> {
  const list = (await admin.client('LIST')) as string;
  const lines = list.split('\n').filter((line) => line.includes('name=holdfast-batches'));
  return lines.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '');
}

test('a batch behind others loses nothing of its own time', { timeout: 60_000 }, async () => {
  await using shop = await openRedisShop();
  await using relay = await startHoldingRelay(shop.redis.socketPath);
  const store = await shop.open({ url: relay.url, batchDeadlineMs: 10_000 });
  await store.apply([transaction('supply', [configure('A'), receive('A', 9)])]);
  const before = await batchConnections(shop.admin);
  const batches = 3;
  relay.hold(batches);
  const applied = Array.from({ length: batches }, (_, n) =>
    store.apply([transaction(`t${n}`, [reserve(`h${n}`, 'A', 1)])]),
  );
  // A connection that is silent for 4 seconds is given up. Each batch takes 2.5, and the last one is answered after 7.5.
  for (let n = 1; n <= batches; n += 1) {
    await relay.held(1);
    await sleep(2_500);
    await relay.letGo();
  }
  for (const { answers } of await Promise.all(applied)) expect(answers).toMatchObject([{ status: 'applied' }]);
  expect(await batchConnections(shop.admin)).toEqual(before);
});

test('batches shrink to what a slow Redis does in time, and none misses its deadline', {
  timeout: 120_000,
}, async () => {
  await using shop = await openRedisShop({ batchDeadlineMs: 4_000 });
  const { store, redis, admin } = shop;
  const skus = Array.from({ length: 40 }, (_, n) => `sku-${n}`);
  await store.apply([
    transaction(
      'supply',
      skus.flatMap((sku) => [configure(sku), receive(sku, 1_000)]),
    ),
  ]);
  const before = await batchConnections(admin);
  const sizes: number[] = [];
  const lane = new Lane<Transaction, Answer>({
    send: async (transactions) => {
      sizes.push(transactions.length);
      return (await store.apply(transactions)).answers;
    },
    limits: {
      batchItemsMax: store.supports.batchItems,
      batchMsMax: store.supports.batchMs ?? Infinity,
      waitMsMax: 100_000,
    },
  });
  const sale = { isOver: false };
  const slowed = (async () => {
    // Redis runs for 5 ms in four hundred.
    while (!sale.isOver) {
      process.kill(redis.pid, 'SIGSTOP');
      await sleep(395);
      process.kill(redis.pid, 'SIGCONT');
      await sleep(5);
    }
  })();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => {
      const steps = skus.map((sku, index) => reserve(`h${n}-${index}`, sku, 1));
      return lane.submit({ payload: transaction(`t${n}`, steps), address: null, steps: steps.length, bytes: 1_000 });
    }),
  ).finally(() => {
    sale.isOver = true;
  });
  await slowed;
  expect(answers.filter(({ status }) => status !== 'applied')).toEqual([]);
  expect(await batchConnections(admin)).toEqual(before);
  // Without a bound by cost the first batch would be as large as a batch may be.
  expect(Math.max(...sizes)).toBeLessThan(LANE_LIMITS.batchStepsMax / skus.length / 2);
});
