import { afterAll, beforeAll, expect, test } from 'vitest';
import { RECLAIM_NAMED_HOLDS_MAX, RECLAIM_OTHER_HOLDS_MAX } from '../../../../src/domain/limits.ts';
import type { Step } from '../../../../src/domain/steps.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import {
  configure,
  receive,
  release,
  reserve,
  resizeBy,
  START,
  transaction,
  transfer,
} from '../../../support/transactions.ts';
import { startHoldingRelay } from '../holding-relay.ts';
import { openRivals, type Rivals } from './rivals.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const SOON = { ttlMs: 1_000 };
const holdsOf = (sku: string, units: number): Step[] =>
  Array.from({ length: units }, (_, n) => reserve(`${sku}-${n}`, sku, 1, SOON));

/** A SKU with all units in holds that expire a second after the start. */
const soldOut = (sku: string, units: number) =>
  transaction(`supply-${sku}`, [configure(sku), receive(sku, units), ...holdsOf(sku, units)]);

async function aSecondLater(rivals: Rivals): Promise<void> {
  rivals.setTime(START + 1_000);
}

test('fetches the overdue holds of a SKU that the process finds through a hold', async () => {
  await using rivals = await openRivals(redis);
  await rivals.apply('there', soldOut('other', 100));
  await rivals.apply('there', transaction('b', [configure('A'), receive('A', 2), reserve('h', 'A', 1)]));
  await rivals.apply('there', transaction('c', [reserve('late', 'A', 1, { ttlMs: 1_500 })]));
  rivals.setTime(START + 1_500);
  const { answers } = await rivals.apply('here', transaction('more', [resizeBy('h', 1)]));
  expect(answers).toMatchObject([{ status: 'applied', granted: [1] }]);
});

test('holds that steps name do not count toward the overdue holds that are examined', async () => {
  await using rivals = await openRivals(redis);
  const units = RECLAIM_NAMED_HOLDS_MAX + 300;
  await rivals.apply('here', soldOut('A', units));
  await aSecondLater(rivals);
  const named = Array.from({ length: units - 100 }, (_, n) => release(`A-${n}`, { expiredIsFine: true }));
  const { answers } = await rivals.apply('here', transaction('all', [...named, reserve('h', 'A', units)]));
  expect(answers).toMatchObject([{ status: 'applied', granted: [units] }]);
});

test('holds that steps name do not count toward the other overdue holds that are ended', async () => {
  await using rivals = await openRivals(redis);
  const first = (n: number) => `A-${String(n).padStart(3, '0')}`;
  const holds = Array.from({ length: 3 * RECLAIM_OTHER_HOLDS_MAX }, (_, n) => reserve(first(n), 'A', 1, SOON));
  await rivals.apply('here', transaction('supply', [configure('A'), receive('A', holds.length), ...holds]));
  await aSecondLater(rivals);
  const named = Array.from({ length: RECLAIM_OTHER_HOLDS_MAX + 8 }, (_, n) =>
    release(first(n), { expiredIsFine: true }),
  );
  await rivals.apply('here', transaction('all', named));
  const { holds: left } = await rivals.compare('after the batch');
  expect(left.filter(({ endedAt }) => endedAt === null)).toHaveLength(RECLAIM_OTHER_HOLDS_MAX - 8);
});

test('a SKU from which nothing is reserved does not count toward the overdue holds of others', async () => {
  await using rivals = await openRivals(redis);
  await rivals.apply('here', soldOut('A', RECLAIM_NAMED_HOLDS_MAX + 100));
  await rivals.apply('here', soldOut('B', 100));
  await aSecondLater(rivals);
  const { answers } = await rivals.apply('here', transaction('b', [configure('A'), reserve('h', 'B', 100)]));
  expect(answers).toMatchObject([{ status: 'applied', granted: [100] }]);
});

/** The clock advances with each reading, so that the second attempt is later than the first. */
test.each([
  ['a refusal', reserve('new', 'A', 2, { customer: 'guest:1' })],
  ['a partial grant', reserve('new', 'A', 2, { min: 1, customer: 'guest:1' })],
  ['a partial grant by the limit', reserve('new', 'C', 4, { min: 1, customer: 'guest:9' })],
  ['a refusal by the limit', reserve('new', 'C', 4, { customer: 'guest:9' })],
])('%s is not final if a hold became overdue between two attempts', async (_, step) => {
  await using rivals = await openRivals(redis);
  const { clocks } = rivals;
  await rivals.apply(
    'there',
    transaction('supply', [
      configure('A'),
      receive('A', 3),
      configure('C', { limitPerCustomer: 4 }),
      receive('C', 20),
      reserve('now', 'A', 1, { ttlMs: 1_000 }),
      ...[1, 2, 3, 4, 5, 6].flatMap((n) => (n <= 2 ? [reserve(`a${n}`, 'A', 1, { ttlMs: 1_000 + n })] : [])),
      ...[1, 2, 3].map((n) => reserve(`c${n}`, 'C', 1, { ttlMs: 1_000 + n, customer: 'guest:9' })),
    ]),
  );
  let now = START + 999;
  Object.defineProperty(clocks.here, 'now', {
    get: () => {
      now = Math.min(now + 1, START + 1_006);
      return now;
    },
  });
  const { answers } = await rivals.stores.here.apply([transaction('late', [step])]);
  expect(answers).toMatchObject([{ status: 'applied', granted: [step.want] }]);
});

test('a batch ends a hold whose deadline another batch has moved into the past', async () => {
  await using relay = await startHoldingRelay(redis.socketPath);
  await using rivals = await openRivals(redis, { url: relay.url, batchDeadlineMs: 20_000 });
  await rivals.apply('here', soldOut('A', 1));
  const held = reserve('h', 'B', 1, { ttlMs: 9_000 });
  await rivals.apply('here', transaction('b', [configure('B'), receive('B', 1), held]));
  await aSecondLater(rivals);
  // Redis names the overdue hold of A at the first call. The second call has the decision that was based on it.
  relay.holdAfter(1, 1);
  const late = [transaction('late', [reserve('new', 'B', 1)])];
  const delayed = rivals.stores.here.apply(late);
  await relay.held(1);
  await rivals.apply('there', transaction('past', [transfer('h', 'cart:2', { ttlMs: 1, lifetimeMs: 10 })]));
  await relay.letGo();
  const result = await delayed;
  expect(result.answers).toMatchObject([{ status: 'applied', granted: [1] }]);
  await rivals.judge(late, result);
});
