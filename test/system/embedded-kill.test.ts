import { expect, test } from 'vitest';
import { expectBalance, expectOrders, expectSound, stockUp } from '../support/books.ts';
import { crowd } from '../support/crowd.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type Plan, visit, type Visit } from '../support/shopper.ts';
import { tempDir } from '../support/temp-dir.ts';

const SHOPPERS = 2_000;
const KILLS_AFTER_ORDERS = new Set([300, 900]);
const STOCK = { 'hot-1': 150, 'hot-2': 300, 'calm-1': 20_000, 'calm-2': 20_000, 'calm-3': 20_000, 'calm-4': 20_000 };

interface Running {
  server: ServerProcess;
  caller: HttpCaller;
}

test('a server on the embedded store sells correctly when it is killed and restarted in a sale', {
  timeout: 120_000,
}, async () => {
  await using dir = await tempDir();
  const start = async (): Promise<Running> => {
    const server = await startServerProcess({ DATA_DIR: dir.path });
    return { server, caller: new HttpCaller(server.url) };
  };
  let running = start();
  const first = await running;
  await stockUp(first.caller, STOCK);

  const replace = async ({ server, caller }: Running): Promise<Running> => {
    await server.kill9();
    caller.close();
    return start();
  };
  let acknowledged = 0;
  const visitShop = async (plan: Plan): Promise<Visit> => {
    const done = await visit(plan, async () => (await running).caller);
    if (done.order) acknowledged += 1;
    if (done.order && KILLS_AFTER_ORDERS.has(acknowledged)) running = running.then(replace);
    return done;
  };
  const plans = crowd({ name: 'night', shoppers: SHOPPERS, skus: Object.keys(STOCK), emptiesEvery: 20 });
  const visits = await Promise.all(plans.map(visitShop));

  const { server, caller } = await running;
  expect(visits.reduce((sum, { asked }) => sum + asked, 0)).toBeGreaterThan(0);
  const orders = await expectOrders(caller, visits);
  await expectBalance(caller, STOCK, orders);
  await expectSound(caller);
  for (const sku of Object.keys(STOCK)) {
    expect(must(await caller.asOperator().query('stock.level', { sku })).reserved).toBe(0);
  }
  expect(await server.stop()).toBe(0);
  caller.close();
});
