import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Transaction } from '../../../../src/domain/transaction.ts';
import { openRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { StoreError } from '../../../../src/store/store.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { startRedisStoreProcess } from '../../../support/store-process.ts';
import { configure, put, receive, reserve, transaction } from '../../../support/transactions.ts';
import { startHoldingRelay } from '../holding-relay.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const UNITS = 10;

const buy = (id: string, want: number, min = want): Transaction =>
  transaction(id, [reserve(id, 'A', want, { min }), put(`cart:${id}`, 'any', { body: id, holds: [id] })], {
    isNew: true,
    hasNewHolds: true,
  });

const refusedWith = (available: number, requested: number) => ({
  status: 'refused',
  refusal: { reason: 'insufficient_stock', meta: { lines: [{ sku: 'A', requested, available }] } },
});

/** A process on a network that holds batches, and another one directly on the server, which receives the goods. */
async function openShop(shop: string, deadlineMs: number) {
  const relay = await startHoldingRelay(redis.socketPath);
  const other = await openRedisStore({ url: redis.url, shop, durability: 'none' });
  await other.apply([transaction('supply', [configure('A'), receive('A', UNITS)])]);
  const child = await startRedisStoreProcess(relay.url, shop, deadlineMs);
  await child.store.read([{ skus: ['A'] }]);
  return {
    relay,
    other,
    child,
    signal: (name: NodeJS.Signals) => process.kill(child.pid, name),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await other.close();
      await relay[Symbol.asyncDispose]();
    },
  };
}

test('a process that was stopped after its decision sells no units that another one has sold since', async () => {
  await using shop = await openShop('stopped', 20_000);
  const { relay, other, child, signal } = shop;
  relay.hold(1);
  const late = [buy('four', 4), buy('some', 6, 1), buy('three', 3)].map((given) => child.store.apply([given]));
  await relay.held(1);
  signal('SIGSTOP');
  expect((await other.apply([buy('rest', UNITS - 2)])).answers).toMatchObject([{ status: 'applied' }]);
  expect((await relay.letGo()).toString('latin1')).toContain('stale');
  expect((await other.read([{ skus: ['A'] }]))[0]?.stock).toMatchObject([{ reserved: UNITS - 2 }]);
  signal('SIGCONT');
  const answers = (await Promise.all(late)).map(({ answers: [answer] }) => answer);
  expect(answers).toMatchObject([refusedWith(2, 4), { status: 'applied', granted: [2] }, refusedWith(0, 3)]);
  const [snapshot] = await other.read([{ skus: ['A'], holds: ['rest', 'four', 'some', 'three'] }]);
  expect(snapshot?.stock).toMatchObject([{ onHand: UNITS, reserved: UNITS }]);
  expect(snapshot?.holds.map((hold) => hold?.quantity ?? null)).toEqual([UNITS - 2, null, 2, null]);
});

test('a decision of a process that was stopped beyond its deadline is never applied', async () => {
  await using shop = await openShop('stopped-long', 1_000);
  const { relay, other, child, signal } = shop;
  relay.hold(9);
  const late = child.store.apply([buy('four', 4)]).catch((error: unknown) => error);
  await relay.held(1);
  signal('SIGSTOP');
  await other.apply([buy('three', 3)]);
  // Shop time is that of the server. A batch of the other process after the deadline proves that it has passed.
  const { at } = await other.apply([buy('two', 2)]);
  for (let now = at; now < at + 1_000; ) now = (await other.apply([transaction(`tick-${now}`, [])])).at;
  expect((await relay.letGo()).toString('latin1')).toContain('late');
  signal('SIGCONT');
  const outcome = await late;
  if (outcome instanceof StoreError) expect(outcome.fault).toBe('outcome_unknown');
  else expect.unreachable('the batch was answered after its deadline');
  const [snapshot] = await other.read([{ skus: ['A'], holds: ['four'], requests: ['four'] }]);
  expect(snapshot).toMatchObject({ stock: [{ reserved: 5 }], holds: [null], requests: [null] });
});
