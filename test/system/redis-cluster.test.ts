import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { allOrders, expectBalance, expectOrders, expectSound, stockUp } from '../support/books.ts';
import { type ClusterGroup, startCluster } from '../support/cluster-group.ts';
import { crowd } from '../support/crowd.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { expectLedger } from '../support/ledger-book.ts';
import { poll } from '../support/poll.ts';
import { kill9 } from '../support/redis-group.ts';
import { FULL } from '../support/scale.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type Visit, visit } from '../support/shopper.ts';

/** How often the slot moves in five waves. */
const ROUNDS = FULL ? 10 : 1;
const TIMEOUT = { timeout: 120_000 * ROUNDS };
const WAVE = 30;
/** Fewer than the crowd wants, so that it would oversell if units were counted twice. */
const STOCK = { tea: 60 * ROUNDS, mug: 60 * ROUNDS, cup: 60 * ROUNDS };

let cluster: ClusterGroup;

beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);

afterAll(() => cluster[Symbol.asyncDispose]());

const serve = (shop: string, settings: Record<string, string> = {}): Promise<ServerProcess> =>
  startServerProcess({ REDIS_URL: cluster.url, SHOP: shop, DURABILITY: 'none', ...settings });

interface Disturbance {
  /** Runs between two waves, when no call is under way. */
  before?: () => Promise<unknown>;
  /** Runs while the shoppers of a wave buy. */
  during?: () => Promise<unknown>;
}

/**
 * Lets waves of shoppers buy at two servers. Expects that each order that a shopper received exists once, that no unit
 * was sold twice, and that the audit finds nothing.
 */
async function sellDuring(shop: string, disturbances: readonly Disturbance[]): Promise<void> {
  await using first = await serve(shop);
  await using second = await serve(shop);
  const callers = [new HttpCaller(first.url), new HttpCaller(second.url)] as const;
  await stockUp(callers[0], STOCK);
  const visits: Visit[] = [];
  for (const [wave, { before, during }] of [...disturbances, {}].entries()) {
    await before?.();
    const plans = crowd({ name: `${shop}-${wave}`, shoppers: WAVE, skus: Object.keys(STOCK), emptiesEvery: 9 });
    const visiting = plans.map((plan, index) => visit(plan, async () => callers[index % 2 === 0 ? 0 : 1]));
    const [bought] = await Promise.all([Promise.all(visiting), during?.()]);
    visits.push(...bought);
  }
  const orders = await expectOrders(callers[0], visits);
  expect(orders.length).toBeGreaterThan(visits.length / 4);
  await expectBalance(callers[1], STOCK, orders);
  await expectLedger(second.url, { orders, stock: STOCK });
  await expectSound(callers[0]);
  console.log(`${shop}: ${disturbances.length} disturbances, ${orders.length} orders`);
  for (const caller of callers) caller.close();
}

/** The number of calls that any node has answered with this error. */
async function refusalsBy(word: string): Promise<number> {
  const counts = cluster.nodes.map(async ({ admin }) => {
    const found = new RegExp(`errorstat_${word}:count=(\\d+)`).exec(await admin.info('errorstats'));
    return Number(found?.[1] ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

test('sells everything once while its slot moves, and while a replica takes over', TIMEOUT, async () => {
  const move = { during: () => cluster.move('moving') };
  const failover = { during: () => cluster.failOver('moving') };
  await sellDuring('moving', Array.from({ length: ROUNDS }, () => [move, failover, move, failover, move]).flat());
  expect(await refusalsBy('TRYAGAIN')).toBeGreaterThan(0);
  expect(await refusalsBy('MOVED')).toBeGreaterThan(0);
});

test('sells everything once while a replica is elected after its master was killed', TIMEOUT, async () => {
  const master = await cluster.masterOf('killed');
  const before = async () => {
    await cluster.caughtUp('killed');
    kill9(master);
  };
  await sellDuring('killed', [...Array.from({ length: ROUNDS }, () => ({})), { before }]);
  expect(await cluster.masterOf('killed')).not.toBe(master);
});

test('freezes after a failover that has lost orders, until an operator accepts the loss', TIMEOUT, async () => {
  const shop = await cluster.shopElsewhere('killed');
  const [master, replica] = [await cluster.masterOf(shop), await cluster.replicaOf(shop)];
  for (const { admin } of [master, replica]) await admin.config('SET', 'appendfsync', 'always');
  await using server = await serve(shop, { DURABILITY: 'local' });
  const caller = new HttpCaller(server.url);
  await stockUp(caller, { tea: 9 });
  const buy = (name: string) =>
    caller
      .as(`shopper-${name}-of-tea`)
      .mutate('checkout.place', { idempotencyKey: 'pay', items: [{ sku: 'tea', quantity: 1 }] });
  const kept = must(await buy('kept'));
  await cluster.caughtUp(shop);
  await replica.admin.config('SET', 'masteruser', 'nobody');
  await replica.admin.config('SET', 'masterauth', 'wrong');
  await replica.admin.call('CLIENT', 'KILL', 'TYPE', 'master');
  must(await buy('lost'));
  kill9(master);
  const reasons = async () => (await fetch(`${server.url}/health/ready`)).text();
  const accept = await poll(async () => /recover --accept (\d+)/.exec(await reasons())?.[1], { timeoutMs: 30_000 });
  expect(await buy('frozen')).toMatchObject({ ok: false, reason: 'store_regressed' });
  const env = { HOLDFAST_URL: server.url, OPERATOR_KEY };
  const out = () => undefined;
  expect(await runCli({ args: ['recover', '--accept', accept], env, out, err: out })).toBe(0);
  await poll(async () => (await buy('frozen')).ok, { timeoutMs: 10_000 });
  expect((await allOrders(caller)).map(({ orderId }) => orderId)).toContain(kept.orderId);
  expect(await allOrders(caller)).toHaveLength(2);
  await expectSound(caller);
  caller.close();
});
