import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AnswerTally } from '../support/answer-tally.ts';
import { allOrders, expectSound, stockUp } from '../support/books.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type ReplyMatcher, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const STOCK = { one: 1_000, two: 1_000, three: 1_000 };
const SKUS = Object.keys(STOCK);
const SHOPPERS = 60;
const ADDS_EACH = 5;
/** The longest time of a call, and what two busy cores may add to it. */
const DEADLINE_MS = 10_000;
const MARGIN_MS = 5_000;
const AGAIN_MS = 20;
const TIMEOUT_MS = 60_000;

/** The reply of a batch that was applied. */
const appliedBatch: ReplyMatcher = (_, reply) => reply.subarray(0, 24).includes('done');

interface Shop extends AsyncDisposable {
  caller: HttpCaller;
  proxy: TcpProxy;
  tally: AnswerTally;
}

async function openShop(): Promise<Shop> {
  const redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const proxy = await startTcpProxy(redis.socketPath);
  const server = await startServerProcess({ REDIS_URL: proxy.url });
  // One connection for each call: a call can wait only for the server.
  const caller = new HttpCaller(server.url, { sockets: SHOPPERS * ADDS_EACH });
  await stockUp(caller, STOCK);
  const end = async (): Promise<void> => {
    caller.close();
    for (const part of [server, proxy, redis]) await part[Symbol.asyncDispose]();
  };
  return { caller, proxy, tally: new AnswerTally(), [Symbol.asyncDispose]: end };
}

/**
 * Retries as a correct client does: after `outcome_unknown` with the key in the error, after `store_unavailable` with
 * its own key, if any, because nothing happened.
 */
async function settle<T>(
  { tally }: Shop,
  ask: (named: { idempotencyKey?: string }) => Promise<HttpAnswer<T>>,
  key?: string,
): Promise<T> {
  for (let named = key === undefined ? {} : { idempotencyKey: key }; ; ) {
    const answer = await ask(named);
    tally.note(answer);
    if (answer.ok) return answer.value;
    if (answer.reason === 'outcome_unknown') named = { idempotencyKey: String(answer.meta['idempotencyKey']) };
    else if (answer.reason !== 'store_unavailable') throw new Error(`${answer.reason} ${JSON.stringify(answer.meta)}`);
    if (key !== undefined) expect(named).toEqual({ idempotencyKey: key });
    await sleep(AGAIN_MS);
  }
}

/** Adds units to one line, one at a time: the quantity shows a missing or additional effect. */
async function fill(shop: Shop, index: number): Promise<void> {
  const own = shop.caller.as(`lost-reply-${index}`);
  const sku = SKUS[index % SKUS.length]!;
  const adding = Array.from({ length: ADDS_EACH }, (_, round) =>
    settle(
      shop,
      (named) => own.mutate('cart.add', { sku, quantity: 1, ...named }),
      round % 2 === 0 ? `add-${round}` : undefined,
    ),
  );
  await Promise.all(adding);
}

async function pay(shop: Shop, index: number): Promise<string> {
  const own = shop.caller.as(`lost-reply-${index}`);
  const idempotencyKey = 'pay';
  const placing = () => own.mutate('checkout.place', { idempotencyKey });
  const { orderId, lines } = await settle(shop, placing, idempotencyKey);
  expect(lines).toMatchObject([{ sku: SKUS[index % SKUS.length], quantity: ADDS_EACH }]);
  return orderId;
}

const everyone = <T>(visit: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: SHOPPERS }, (_, index) => visit(index)));

async function movementsOf({ caller }: Shop, sku: string): Promise<string[]> {
  const { movements } = must(await caller.asOperator().query('stock.history', { sku, limit: 500 }));
  return movements.map(({ kind }) => kind);
}

/** Runs the shop during `trouble` until all carts are full and paid. After that each call must have had one effect. */
async function survive(shop: Shop, trouble: () => Promise<void>): Promise<void> {
  const troubled = trouble();
  await everyone((index) => fill(shop, index));
  const paid = await everyone((index) => pay(shop, index));
  await troubled;
  shop.proxy.dropReplyOfEvery(0);

  const each = SHOPPERS / SKUS.length;
  for (const sku of SKUS) {
    const kinds = await movementsOf(shop, sku);
    const of = (...wanted: string[]) => kinds.filter((kind) => wanted.includes(kind)).length;
    expect([sku, of('reserved', 'resized'), of('committed'), kinds.length]).toEqual([
      sku,
      each * ADDS_EACH,
      each,
      each * ADDS_EACH + each + 1,
    ]);
  }
  expect((await allOrders(shop.caller)).map(({ orderId }) => orderId).sort()).toEqual([...paid].sort());
  await expectSound(shop.caller);
  expect(shop.tally.slowestMs).toBeLessThan(DEADLINE_MS + MARGIN_MS);
}

test('each call has one effect when the reply of every third batch is lost', { timeout: TIMEOUT_MS }, async () => {
  await using shop = await openShop();
  shop.proxy.dropReplyOfEvery(3, appliedBatch);
  await survive(shop, () => Promise.resolve());
  expect(shop.proxy.counters.dropped).toBeGreaterThan(2);
});

test('each call has one effect when connections are reset again and again', { timeout: TIMEOUT_MS }, async () => {
  await using shop = await openShop();
  await survive(shop, async () => {
    for (let answers = 20; answers <= 300; answers += 20) {
      await shop.tally.reaches('ok', answers);
      shop.proxy.reset();
    }
  });
  expect(shop.proxy.counters.accepted).toBeGreaterThan(10);
});

test('each call has one effect when batches are applied without a reply or a new connection', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using shop = await openShop();
  shop.proxy.dropReplyOfEvery(1, appliedBatch);
  await survive(shop, async () => {
    shop.proxy.refuse(true);
    await shop.tally.reaches('outcome_unknown', 20);
    shop.proxy.dropReplyOfEvery(0);
    shop.proxy.refuse(false);
  });
  expect(shop.tally.reasons).toEqual(expect.arrayContaining(['ok', 'outcome_unknown']));
});

test('each call has one effect when the network stalls for longer than the deadline of a call', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using shop = await openShop();
  await survive(shop, async () => {
    await shop.tally.reaches('ok', 20);
    await shop.proxy.stallUntil(shop.tally.reaches('store_unavailable', 100));
  });
  expect(shop.tally.slowestMs).toBeGreaterThan(DEADLINE_MS / 4);
});
