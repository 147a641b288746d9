import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Batcher } from '../../../src/actor/batcher.ts';
import { BATCHER_LIMITS } from '../../../src/actor/batcher-limits.ts';
import type { Answer, Transaction } from '../../../src/domain/transaction.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { SYSTEM_RUNTIME } from '../../../src/runtime/system-runtime.ts';
import type { Store } from '../../../src/store/store.ts';
import { startHoldingRelay } from './holding-relay.ts';
import { openRedisShop } from './redis-shop.ts';
import { startSlowRelay } from './slow-relay.ts';

/** Returns the id that Redis gave to the connection for batches. A new id means that the store has reconnected. */
async function batchConnections(admin: Redis): Promise<string[]> {
  const list = (await admin.client('LIST')) as string;
  const lines = list.split('\n').filter((line) => line.includes('name=holdfast-batches'));
  return lines.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '');
}

test('the deadline of a batch does not include the wait for the batches ahead of it', { timeout: 60_000 }, async () => {
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
  // The store closes a connection that is silent for 4 s. Each batch takes 2.5 s, and the last answer takes 7.5 s.
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
/** Per step while Redis is slow. The largest batch then takes longer than a batch should, but meets its deadline. */
const SLOW_MS = 1.5;
const MOST_AT_ONCE = Math.floor(BATCHER_LIMITS.batchStepsMax / SKUS.length);

/** Counts the holds that a batch creates. Their ids are in it, whatever the format of the batch. */
const stepsOf = (command: Buffer): number => new Set(command.toString('latin1').match(/\bhold-\d+-\d+/g)).size;

/** A batcher like that of the services, and the number of transactions in each batch that it has sent. */
function batcherOf(store: Store): { buy(carts: number): Promise<Answer[]>; sizes: number[] } {
  const sizes: number[] = [];
  const batcher = new Batcher<Transaction, Answer>({
    runtime: SYSTEM_RUNTIME,
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

test('batches shrink to a size that a slow Redis performs in time, and none misses its deadline', {
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
  // With a quick Redis, batches grow to the maximum.
  while (Math.max(0, ...sizes) < MOST_AT_ONCE) await buy(MOST_AT_ONCE);
  msPerStep = SLOW_MS;
  const grown = sizes.length;
  const answers = await buy(4 * MOST_AT_ONCE);
  expect(answers.filter(({ status }) => status !== 'applied')).toEqual([]);
  expect(await batchConnections(shop.admin)).toEqual(before);
  // Batches that were in flight when Redis became slow are large. Later ones are small enough for the time of a batch.
  const slow = sizes.slice(grown);
  expect(slow[0]).toBe(MOST_AT_ONCE);
  const inTime = Math.floor((store.supports.batchMs ?? 0) / SLOW_MS / SKUS.length);
  expect(Math.max(...slow.slice(BATCHER_LIMITS.batchesInFlightMax + 1))).toBeLessThanOrEqual(inTime);
});
