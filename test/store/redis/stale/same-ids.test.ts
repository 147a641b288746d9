import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Step } from '../../../../src/domain/steps.ts';
import type { Transaction } from '../../../../src/domain/transaction.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { configure, receive, release, reserve, transaction } from '../../../support/transactions.ts';
import { openRivals, type Rivals } from './rivals.ts';

let redis: RedisServer;
let rivals: Rivals;
beforeAll(async () => {
  redis = await startRedis();
  rivals = await openRivals(redis);
});
afterAll(async () => {
  await rivals[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** Each case has its own names, so that all cases fit into one shop. */
let sku = '';
const named = (name: string): string => `${name}.${sku}`;
const hold = (name: string, units: number): Step => reserve(named(name), sku, units);
/** A transaction that declares its ids as generated. */
const made = (id: string, ...steps: Step[]): Transaction =>
  transaction(named(id), steps, { isNew: true, hasNewHolds: true });
const old = (id: string, ...steps: Step[]): Transaction => transaction(named(id), steps);

const YES = { status: 'applied' };
const REPLAYED = { status: 'replayed', granted: [3] };
const EXISTS = { status: 'refused', refusal: { reason: 'hold_exists' } };
const NO_STOCK = { status: 'refused', refusal: { reason: 'insufficient_stock' } };

/** Ids that are declared as generated, but used twice because of a bug of the caller. */
const CASES: Record<string, () => [Transaction, object][]> = {
  'one hold id': () => [
    [made('a', hold('h', 3)), YES],
    [made('b', hold('h', 5)), EXISTS],
  ],
  'one request id': () => [
    [made('a', hold('h', 3)), YES],
    [made('a', hold('g', 3)), REPLAYED],
  ],
  both: () => [
    [made('a', hold('h', 3)), YES],
    [made('a', hold('h', 3)), REPLAYED],
  ],
  'one hold id within a transaction': () => [
    [made('a', hold('h', 3), hold('h', 3)), EXISTS],
    [made('b', hold('h', 3)), YES],
  ],
  'one id of a hold that has ended': () => [
    [made('a', hold('h', 3), release(named('h'))), YES],
    [made('b', hold('h', 5)), EXISTS],
  ],
  'ids of a transaction that was refused': () => [
    [made('a', hold('h', 101)), NO_STOCK],
    [made('a', hold('h', 3)), YES],
  ],
  'ids declared as generated at first only': () => [
    [made('a', hold('h', 3)), YES],
    [old('a', hold('h', 3)), REPLAYED],
    [old('b', hold('h', 3)), EXISTS],
  ],
  'ids declared as generated at last only': () => [
    [old('a', hold('h', 3)), YES],
    [made('a', hold('h', 3)), REPLAYED],
    [made('b', hold('h', 3)), EXISTS],
  ],
};

test.each(Object.entries(CASES))('a second use in one batch finds the first: %s', async (name, rows) => {
  sku = name.replaceAll(' ', '-');
  await rivals.apply('here', old('supply', configure(sku, { limitPerCustomer: 50 }), receive(sku, 100)));
  const batch = rows();
  const { answers } = await rivals.apply('here', ...batch.map(([given]) => given));
  expect(answers).toMatchObject(batch.map(([, answer]) => answer));
  await rivals.compare('after the batch');
  await rivals.apply('there', old('last', hold('last', 1)));
  await rivals.compare('after a batch of the other process');
});
