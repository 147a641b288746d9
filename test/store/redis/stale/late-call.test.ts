import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutcomeUnknown } from '../../../../src/service/failures.ts';
import { createHoldfast } from '../../../../src/service/holdfast.ts';
import { openRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { OPERATOR, shopper, yes } from '../../../support/shop.ts';
import { startHoldingRelay } from '../holding-relay.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

/** A call's time is over long before that of its batch. */
const CALL_MS = 2_000;
const BATCH_MS = 20_000;

test('a call that was repeated elsewhere after its answer came late has one effect', async () => {
  await using relay = await startHoldingRelay(redis.socketPath);
  const open = (url: string) => openRedisStore({ url, shop: 'late', durability: 'none', batchDeadlineMs: BATCH_MS });
  const [store, otherStore] = [await open(relay.url), await open(redis.url)];
  const here = createHoldfast({ store, settings: { callDeadlineMs: CALL_MS } });
  const there = createHoldfast({ store: otherStore });
  yes(await there.stock.define({ sku: 'A' }, OPERATOR));
  yes(await there.stock.receive({ sku: 'A', quantity: 9 }, OPERATOR));
  const as = shopper('one');
  yes(await here.carts.add({ sku: 'A', quantity: 1 }, as()));
  // The call reads its cart first.
  relay.holdAfter(1, 1);
  const late = here.carts.add({ sku: 'A', quantity: 2 }, as()).catch((error: unknown) => error);
  await relay.held(1);
  const unknown = await late;
  if (!(unknown instanceof OutcomeUnknown)) return expect.unreachable('the call was answered in time');
  yes(await there.carts.add({ sku: 'A', quantity: 2 }, as(unknown.idempotencyKey)));
  await relay.letGo();
  await here.close();
  expect(yes(await there.stock.level({ sku: 'A' }))).toMatchObject({ onHand: 9, reserved: 3 });
  await there.close();
});
