import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Transaction } from '../../../../src/domain/transaction.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { configure, put, receive, release, reserve, transaction } from '../../../support/transactions.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { startHoldingRelay } from '../holding-relay.ts';
import { openRivals } from './rivals.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const SUPPLY = transaction('supply', [configure('A', { limitPerCustomer: 90 }), receive('A', 100)]);

const bought = (n: number): Transaction =>
  transaction(`t${n}`, [
    reserve(`h${n}`, 'A', 3, { customer: 'customer:1' }),
    put(`cart:${n}`, 'any', { body: `${n}`, holds: [`h${n}`] }),
  ]);

/** A transaction as the services send it, with generated ids of its own and of its holds. */
const asNew = (given: Transaction): Transaction => ({ ...given, isNew: true, hasNewHolds: true });

/** Drops the next answers to batches that have these words, in their order. Resolves when the last one is dropped. */
function loseNext(proxy: TcpProxy, words: readonly string[]): Promise<void> {
  const left = [...words];
  return new Promise((resolve) => {
    proxy.dropReplyOfEvery(1, (command, reply) => {
      const [word] = left;
      if (word === undefined || command !== 'FCALL' || !reply.subarray(0, 64).includes(word)) return false;
      left.shift();
      if (left.length === 0) resolve();
      return true;
    });
  });
}

test.each([
  ['once', ['done']],
  ['twice', ['done', 'stale']],
])('applies a batch with generated ids once if its answer is lost %s', async (_, words) => {
  await using proxy = await startTcpProxy(redis.socketPath);
  await using rivals = await openRivals(redis, { url: proxy.url });
  await rivals.apply('here', SUPPLY);
  const lost = loseNext(proxy, words);
  const batch = [bought(1), bought(2)];
  const result = await rivals.stores.here.apply(batch.map(asNew));
  await lost;
  expect(result.answers.map(({ status }) => status)).toEqual(['replayed', 'replayed']);
  await rivals.applyToModel(batch);
  await rivals.judge(batch, result);
  await rivals.compareNamed();
});

test('applies batches in flight whose answers are lost once each, in their order', async () => {
  await using proxy = await startTcpProxy(redis.socketPath);
  await using rivals = await openRivals(redis, { url: proxy.url });
  await rivals.apply('here', SUPPLY);
  const lost = loseNext(proxy, ['done']);
  const batches = [1, 2, 3].map((n) => [bought(n)]);
  const results = await Promise.all(batches.map((batch) => rivals.stores.here.apply(batch.map(asNew))));
  await lost;
  expect(results.map(({ answers: [answer] }) => answer)).toMatchObject([2, 3, 4].map((sequence) => ({ sequence })));
  await rivals.applyToModel(...batches);
  await rivals.compareNamed();
});

test('a repeated batch does not revive a hold that has ended since', async () => {
  await using proxy = await startTcpProxy(redis.socketPath);
  await using rivals = await openRivals(redis, { url: proxy.url });
  await rivals.apply('here', SUPPLY);
  const lost = loseNext(proxy, ['done']).then(() => proxy.refuse(true));
  const late = rivals.stores.here.apply([asNew(bought(1))]);
  await lost;
  await rivals.applyToModel([bought(1)]);
  await rivals.apply('there', transaction('end', [release('h1')]));
  proxy.refuse(false);
  expect((await late).answers).toMatchObject([{ status: 'replayed', granted: [3], sequence: 2 }]);
  await rivals.compareNamed();
});

test('a late copy of a batch that was sent again and applied changes nothing', async () => {
  await using relay = await startHoldingRelay(redis.socketPath);
  await using rivals = await openRivals(redis, { url: relay.url, batchDeadlineMs: 2_000 });
  await rivals.apply('here', SUPPLY);
  relay.hold(1);
  const late = rivals.stores.here.apply([asNew(bought(1))]);
  await relay.held(1);
  await rivals.judge([bought(1)], await late);
  expect((await relay.letGo()).toString('latin1')).toContain('out_of_order');
  await rivals.compareNamed();
});
