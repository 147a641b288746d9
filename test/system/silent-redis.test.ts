import { expect, test } from 'vitest';
import { stockUp } from '../support/books.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const DEADLINE_MS = 10_000;
const MARGIN_MS = 5_000;
const PROBE_MS = 3_000;
const UNREADY_MS = 20_000;

type Eight<T> = [T, T, T, T, T, T, T, T];

interface Shop extends AsyncDisposable {
  caller: HttpCaller;
  server: ServerProcess;
  proxy: TcpProxy;
}

async function openShop(): Promise<Shop> {
  const redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  const proxy = await startTcpProxy(redis.socketPath);
  const server = await startServerProcess({ REDIS_URL: proxy.url });
  const caller = new HttpCaller(server.url);
  await stockUp(caller, { tea: 100 });
  must(await caller.as('a-shopper').mutate('cart.add', { sku: 'tea', quantity: 1 }));
  const end = async (): Promise<void> => {
    caller.close();
    for (const part of [server, proxy, redis]) await part[Symbol.asyncDispose]();
  };
  return { caller, server, proxy, [Symbol.asyncDispose]: end };
}

/** One call of each procedure that uses the store, by separate shoppers, or by one whose calls run in turn. */
function askEverything({ caller }: Shop, shoppers: 'one' | 'many'): Promise<HttpAnswer<unknown>[]> {
  const operator = caller.asOperator();
  const sessions = Array.from({ length: 8 }, (_, index) => (shoppers === 'one' ? 'a-shopper' : `shopper-${index}`));
  const [ann, bob, cat, dan, eve, fay, gus, hal] = sessions.map((session) => caller.as(session)) as Eight<HttpCaller>;
  return Promise.all<HttpAnswer<unknown>>([
    ann.query('cart.get', {}),
    bob.mutate('cart.add', { sku: 'tea', quantity: 1 }),
    cat.mutate('cart.setQuantity', { sku: 'tea', quantity: 2 }),
    dan.mutate('cart.remove', { sku: 'tea' }),
    eve.mutate('cart.clear', {}),
    fay.mutate('checkout.place', { idempotencyKey: 'pay' }),
    gus.query('orders.get', { orderId: 'ord_1' }),
    hal.query('stock.availability', { skus: ['tea'] }),
    operator.mutate('stock.define', { sku: 'mug' }),
    operator.mutate('stock.receive', { sku: 'tea', quantity: 1 }),
    operator.mutate('stock.adjust', { sku: 'tea', delta: 1, reason: 'found' }),
    operator.mutate('stock.count', { sku: 'tea', onHand: 9 }),
    operator.query('stock.level', { sku: 'tea' }),
    operator.query('stock.list', {}),
    operator.query('stock.history', { sku: 'tea' }),
    operator.query('holds.list', {}),
    operator.mutate('holds.release', { holdId: 'hld_1', reason: 'none' }),
    operator.query('orders.list', {}),
    operator.query('admin.audit', {}),
  ]);
}

test('answers every procedure and every probe in time when Redis does not answer', { timeout: 60_000 }, async () => {
  await using shop = await openShop();
  let answers: HttpAnswer<unknown>[] = [];
  await shop.proxy.stallUntil(
    (async () => {
      const asked = askEverything(shop, 'one');
      await poll(async () => (await shop.caller.get('/health/ready')).status === 503, { timeoutMs: UNREADY_MS });
      const probedAt = performance.now();
      expect((await shop.caller.get('/health/live')).status).toBe(200);
      expect(performance.now() - probedAt).toBeLessThan(PROBE_MS);
      answers = await asked;
    })(),
  );
  const outcomes = new Set(answers.map((answer) => (answer.ok ? 'ok' : answer.reason)));
  expect([...outcomes].filter((reason) => reason !== 'store_unavailable' && reason !== 'outcome_unknown')).toEqual([]);
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(DEADLINE_MS + MARGIN_MS);
  must(await shop.caller.asOperator().query('stock.level', { sku: 'tea' }));
});

test('shuts down in time while Redis does not answer, and answers the calls that it can', {
  timeout: 60_000,
}, async () => {
  await using shop = await openShop();
  const { answers, code, ms } = await new Promise<{ answers: HttpAnswer<unknown>[]; code: number | null; ms: number }>(
    (resolve, reject) => {
      const goes = async () => {
        const asked = askEverything(shop, 'many');
        expect((await shop.caller.get('/health/live')).status).toBe(200);
        const toldAt = performance.now();
        const exit = await shop.server.stop();
        resolve({ answers: await asked, code: exit, ms: performance.now() - toldAt });
      };
      shop.proxy.stallUntil(goes().catch(reject)).catch(reject);
    },
  );
  expect(ms).toBeLessThan(DEADLINE_MS + 500);
  expect(code).toBe(0);
  expect(answers.filter(({ ok }) => ok)).toEqual([]);
  const outcomes = answers.flatMap((answer) => (answer.ok ? ['ok'] : [answer.reason]));
  expect(outcomes).toContain('store_unavailable');
});
