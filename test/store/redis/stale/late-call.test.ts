import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutcomeUnknown, type Result } from '../../../../src/contract/calls/call.ts';
import { createHoldfast, type Holdfast } from '../../../../src/shop/holdfast.ts';
import { openRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { OPERATOR, shopper, yes } from '../../../support/shop.ts';
import { startHoldingRelay } from '../holding-relay.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

/** The deadline of a call is long before that of its batch. */
const CALL_MS = 2_000;
const BATCH_MS = 20_000;

type Call = (on: Holdfast, key?: string) => Promise<Result<unknown>>;

const as = shopper('one');

/** A retry changes the records that the late batch compares, or others. */
test.each<{ name: string; reads: number; call: Call; units: object }>([
  {
    name: 'adds to a cart',
    reads: 1,
    call: ({ carts }, key) => carts.add({ sku: 'A', quantity: 2 }, as(key)),
    units: { onHand: 9, reserved: 3 },
  },
  {
    name: 'receives goods',
    reads: 0,
    call: ({ stock }, key) =>
      stock.receive({ sku: 'A', quantity: 2 }, key === undefined ? OPERATOR : { ...OPERATOR, idempotencyKey: key }),
    units: { onHand: 11, reserved: 1 },
  },
])('a call that $name has one effect if it is retried in another process after its deadline', async (given) => {
  await using relay = await startHoldingRelay(redis.socketPath);
  const shop = `late-${given.reads}`;
  const open = (url: string) => openRedisStore({ url, shop, durability: 'none', batchDeadlineMs: BATCH_MS });
  const [store, otherStore] = [await open(relay.url), await open(redis.url)];
  const here = createHoldfast({ store, settings: { callDeadlineMs: CALL_MS } });
  const there = createHoldfast({ store: otherStore });
  yes(await there.stock.define({ sku: 'A' }, OPERATOR));
  yes(await there.stock.receive({ sku: 'A', quantity: 9 }, OPERATOR));
  yes(await here.carts.add({ sku: 'A', quantity: 1 }, as()));
  relay.holdAfter(given.reads, 1);
  const late = given.call(here).catch((error: unknown) => error);
  await relay.held(1);
  const unknown = await late;
  if (!(unknown instanceof OutcomeUnknown)) return expect.unreachable('the call was answered in time');
  yes(await given.call(there, unknown.idempotencyKey));
  await relay.letGo();
  await here.close();
  expect(yes(await there.stock.level({ sku: 'A' }))).toMatchObject(given.units);
  await there.close();
});
