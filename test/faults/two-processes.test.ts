import * as fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { BatchResult, ReadRequest } from '../../src/store/store.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { seenIn } from '../support/state.ts';
import { configure, put, receive, transaction } from '../support/transactions.ts';
import { batchPlan, SKUS } from '../property/plans.ts';
import { type History, resolveTransaction } from '../property/resolve.ts';
import { replayable } from '../support/seed.ts';
import { openRivals, type Rivals, type Who } from '../store/redis/stale/rivals.ts';
import { FULL } from '../support/scale.ts';

/** Two processes send batches at the same time. The memory model then applies them in the order of Redis. */
const RUNS = FULL ? 150 : 8;
const WAVES_MAX = FULL ? 24 : 10;
const TIMEOUT_MS = 1_200_000;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

/**
 * The batches under way at the same time, and the shop time that passed before. Redis has one clock, so both see the
 * same time.
 */
const wavePlan = fc.record({
  batches: fc.array(fc.record({ who: fc.constantFrom<Who[]>('here', 'there'), plans: batchPlan }), {
    minLength: 1,
    maxLength: 6,
    size: 'max',
  }),
  /** The process that reads the present state and decides on it. The others decide on what they remember. */
  readers: fc.subarray<Who>(['here', 'there']),
  laterMs: fc.constantFrom(0, 0, 0, 1, 5, 20, 100, 1_000, 60_000),
});
type WavePlan = typeof wavePlan extends fc.Arbitrary<infer T> ? T : never;

interface Sent {
  transactions: Transaction[];
  result: BatchResult;
}

/**
 * Applies whatever else is refused, so that each batch has a sequence of its own, and with it a position in the order.
 */
function markerOf(used: Set<string>): Transaction {
  const id = `marker-${used.size}`;
  used.add(id);
  return transaction(id, [put(`cart:${id}`, 'absent', { body: id })]);
}

/** Marks ids as new where nothing else in this wave or before it has used them. */
function withNewIds(batches: readonly Transaction[][], used: Set<string>): Transaction[][] {
  const made = (given: Transaction): string[] =>
    given.steps.flatMap((step) => (step.kind === 'reserve' ? [`hold ${step.holdId}`] : []));
  const all = batches.flat().flatMap((given) => [given.id, ...made(given)]);
  const isNew = (id: string): boolean => !used.has(id) && all.indexOf(id) === all.lastIndexOf(id);
  const marked = batches.map((batch) =>
    batch.map((given) => ({ ...given, isNew: isNew(given.id), hasNewHolds: made(given).every(isNew) })),
  );
  for (const id of all) used.add(id);
  return marked;
}

/** All records of the shop that a process could remember. */
const everythingOf = ({ seen }: History): ReadRequest => ({
  skus: seen.stock.map(({ sku }) => sku),
  holds: seen.holds.map(({ holdId }) => holdId),
  documents: seen.documents.map(({ key }) => key),
});

async function playWave(rivals: Rivals, wave: WavePlan, history: History, used: Set<string>): Promise<void> {
  const { batches, readers, laterMs } = wave;
  for (const who of readers) await rivals.stores[who].read([everythingOf(history)]);
  rivals.setTime(rivals.clocks.here.now + laterMs);
  const plain = batches.map(({ plans }) => {
    const transactions = plans.map((plan) => resolveTransaction(history, plan));
    return [...transactions, markerOf(used)];
  });
  const marked = withNewIds(plain, used);
  const sent = await Promise.all(
    batches.map(async ({ who }, index): Promise<Sent> => {
      const result = await rivals.stores[who].apply(marked[index] ?? []);
      return { transactions: plain[index] ?? [], result };
    }),
  );
  const inOrder = sent.toSorted((a, b) => a.result.sequence - b.result.sequence);
  for (const { transactions, result } of inOrder) await rivals.judge(transactions, result);
}

const SUPPLY = transaction(
  'supply',
  SKUS.slice(0, 3).flatMap((sku) => [configure(sku, { limitPerCustomer: 6 }), receive(sku, 9)]),
);

async function play(waves: readonly WavePlan[], rememberedMax: number): Promise<void> {
  await using rivals = await openRivals(redis, { rememberedMax });
  const history: History = { seen: { sequence: 0, stock: [], holds: [], documents: [] }, sent: [], holdsMade: 0 };
  const used = new Set<string>();
  await rivals.apply('here', SUPPLY);
  for (const [index, wave] of waves.entries()) {
    await playWave(rivals, wave, history, used);
    history.seen = seenIn(await rivals.compare(`after wave ${index}`));
  }
}

/** With a memory of so few records a process has nearly always forgotten the records that it decides on. */
test('two processes of one shop agree with the model that applies their batches in the order of Redis', {
  timeout: TIMEOUT_MS,
}, async () => {
  const waves = fc.array(wavePlan, { minLength: WAVES_MAX / 2, maxLength: WAVES_MAX, size: 'max' });
  const property = fc.asyncProperty(waves, fc.constantFrom(1, 3, 50_000), play);
  await fc.assert(property, { numRuns: RUNS, endOnFailure: !FULL, ...replayable() });
});
