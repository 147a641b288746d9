import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Batcher } from '../../../src/actor/batcher.ts';
import { BATCHER_LIMITS } from '../../../src/actor/batcher-limits.ts';
import type { Answer, Transaction } from '../../../src/domain/transaction.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import type { Store } from '../../../src/store/store.ts';
import { startHoldingRelay } from './holding-relay.ts';
import { openRedisShop } from './redis-shop.ts';
import { startSlowRelay } from './slow-relay.ts';

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

const SKUS = Array.from({ length: 40 }, (_, n) => `sku-${n}`);
const DEADLINE_MS = 8_000;
/** What a step takes while Redis is slow: the largest batch takes longer than a batch may, and is answered in time still. */
const SLOW_MS = 1.5;
const MOST_AT_ONCE = Math.floor(BATCHER_LIMITS.batchStepsMax / SKUS.length);

/** Holds that a batch makes: each stands in it by its id, whatever the format of the batch. */
const stepsOf = (command: Buffer): number => new Set(command.toString('latin1').match(/\bhold-\d+-\d+/g)).size;

/** A batcher as the services have it, and how many transactions it has sent in each batch. */
function batcherOf(store: Store): { buy(carts: number): Promise<Answer[]>; sizes: number[] } {
  const sizes: number[] = [];
  const batcher = new Batcher<Transaction, Answer>({
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
  let bought = 0;
  const buyOne = (): Promise<Answer> => {
    bought += 1;
    const steps = SKUS.map((sku, index) => reserve(`hold-${bought}-${index}`, sku, 1));
    return batcher.submit({
      payload: transaction(`t${bought}`, steps),
      address: null,
      steps: steps.length,
      bytes: 1_000,
    });
  };
  return { sizes, buy: (carts) => Promise.all(Array.from({ length: carts }, buyOne)) };
}

test('batches shrink to what a slow Redis does in time, and none misses its deadline', {
  timeout: 120_000,
}, async () => {
  await using shop = await openRedisShop();
  let msPerStep = 0;
  await using relay = await startSlowRelay(shop.redis.socketPath, (command) => stepsOf(command) * msPerStep);
  const store = await shop.open({ url: relay.url, batchDeadlineMs: DEADLINE_MS });
  const supply = SKUS.flatMap((sku) => [configure(sku), receive(sku, 1_000_000)]);
  await store.apply([transaction('supply', supply)]);
  const before = await batchConnections(shop.admin);
  const { buy, sizes } = batcherOf(store);
  // A quick Redis lets batches grow until they are as large as any.
  while (Math.max(0, ...sizes) < MOST_AT_ONCE) await buy(MOST_AT_ONCE);
  msPerStep = SLOW_MS;
  const grown = sizes.length;
  const answers = await buy(4 * MOST_AT_ONCE);
  expect(answers.filter(({ status }) => status !== 'applied')).toEqual([]);
  expect(await batchConnections(shop.admin)).toEqual(before);
  // Those that were under way when it became slow are large; then one is as large as what is done in the time for a batch.
  const slow = sizes.slice(grown);
  expect(slow[0]).toBe(MOST_AT_ONCE);
  const inTime = Math.floor((store.supports.batchMs ?? 0) / SLOW_MS / SKUS.length);
  expect(Math.max(...slow.slice(BATCHER_LIMITS.batchesInFlightMax + 1))).toBeLessThanOrEqual(inTime);
});
