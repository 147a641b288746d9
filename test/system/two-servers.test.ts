import { expect, test } from 'vitest';
import { expectBalance, expectOrders, expectSound, liveHolds, stockUp } from '../support/books.ts';
import { crowd } from '../support/crowd.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type Plan, visit, type Visit } from '../support/shopper.ts';

const SHOPPERS_EACH = 2_000;
/** Orders acknowledged by the server at which it is killed, in the middle of its shoppers' calls. */
const KILL_AFTER_ORDERS = 500;
const SCARCE = { 'hot-1': 150, 'hot-2': 300, 'hot-3': 450 };
const PLENTY = { 'calm-1': 20_000, 'calm-2': 20_000, 'calm-3': 20_000, 'calm-4': 20_000, 'calm-5': 20_000 };
const STOCK = { ...SCARCE, ...PLENTY };

const plansOf = (name: string): Plan[] =>
  crowd({ name, shoppers: SHOPPERS_EACH, skus: Object.keys(STOCK), emptiesEvery: 20, leavesEvery: 20 });

/** Runs audits in sequence while `sale` lasts. None may find a violation, however much changes meanwhile. */
async function auditThroughout(caller: HttpCaller, sale: Promise<unknown>): Promise<number> {
  const state = { isOver: false };
  const ended = sale.finally(() => Object.assign(state, { isOver: true }));
  let audits = 0;
  for (; !state.isOver; audits += 1) await expectSound(caller);
  await ended;
  return audits;
}

/** Once the operator has released the abandoned holds, nothing is held. */
async function releaseAll(caller: HttpCaller): Promise<number> {
  const holds = await liveHolds(caller);
  for (const holdId of holds)
    must(await caller.asOperator().mutate('holds.release', { holdId, reason: 'closing time' }));
  return holds.length;
}

function expectSensibleRefusals(visits: readonly Visit[]): void {
  const refused = visits.flatMap((one) => one.refused);
  expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['insufficient_stock']));
  expect(new Set(refused.map(({ sku }) => sku))).toEqual(new Set(Object.keys(SCARCE)));
}

test('two servers on one Redis sell correctly when one is killed in a sale', { timeout: 120_000 }, async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
  await using survivor = await startServerProcess({ REDIS_URL: redis.url });
  await using victim = await startServerProcess({ REDIS_URL: redis.url });
  const callers = { survivor: new HttpCaller(survivor.url), victim: new HttpCaller(victim.url) };
  const auditor = new HttpCaller(survivor.url);
  await stockUp(callers.survivor, STOCK);

  let killed: Promise<void> | null = null;
  let toldByVictim = 0;
  const visitVictim = async (plan: Plan): Promise<Visit> => {
    const done = await visit(plan, () => Promise.resolve(killed ? callers.survivor : callers.victim));
    if (done.order) toldByVictim += 1;
    if (toldByVictim === KILL_AFTER_ORDERS) killed ??= victim.kill9();
    return done;
  };
  const sale = Promise.all([
    ...plansOf('survivors').map((plan) => visit(plan, () => Promise.resolve(callers.survivor))),
    ...plansOf('victims').map(visitVictim),
  ]);
  expect(await auditThroughout(auditor, sale)).toBeGreaterThan(0);
  const visits = await sale;
  await killed;

  expect(visits.reduce((sum, { asked }) => sum + asked, 0)).toBeGreaterThan(0);
  expectSensibleRefusals(visits);
  const orders = await expectOrders(callers.survivor, visits);
  await expectBalance(callers.survivor, STOCK, orders);
  await expectSound(callers.survivor);
  expect(await releaseAll(callers.survivor)).toBeGreaterThan(0);
  await expectBalance(callers.survivor, STOCK, orders);
  await expectSound(callers.survivor);
  for (const sku of Object.keys(STOCK)) {
    expect(must(await callers.survivor.asOperator().query('stock.level', { sku })).reserved).toBe(0);
  }
  for (const caller of [auditor, ...Object.values(callers)]) caller.close();
});
