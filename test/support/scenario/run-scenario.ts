import type { RunningShop } from '../running-shop.ts';
import { must } from '../http-caller.ts';
import { Faults } from './faults.ts';
import { OrderBook } from './order-book.ts';
import { Payments } from './payments.ts';
import { dispatchOrders, keepShop } from './random-operator.ts';
import { gather, shopAround } from './random-shopper.ts';
import { reckonLimits } from './limit-reckoning.ts';
import { everythingLapsed, reckon } from './reckoning.ts';
import type { Scene } from './scene.ts';
import { stockUp } from './shelf-acts.ts';
import { pause } from './stage.ts';
import { SupplyBook } from './supply-book.ts';
import { Wire } from './wire.ts';

const SHOPPERS = 200;
const OPERATORS = 6;
const DISPATCHERS = 4;
const PROGRESS_EVERY_MS = 10_000;
const TICK_MS = 500;
const FAULTS_MAX = 20;

export interface Scenario {
  name: string;
  shop: RunningShop;
  seed: number;
  seconds: number;
  say: (line: string) => void;
}

/** Runs all shoppers and operators at random for so many seconds. Then everything expires and is compared. */
export async function runScenario({ name, shop, seed, seconds, say }: Scenario): Promise<Scene> {
  const faults = new Faults();
  const urls = shop.servers.map(({ url }) => url);
  const scene: Scene = {
    name,
    seed,
    shop,
    wire: new Wire(urls, faults),
    faults,
    orders: new OrderBook(faults, { mayLeaveAtSale: shop.servers.length > 1 }),
    supply: new SupplyBook(),
    payments: new Payments(),
    holds: new Set(),
    writtenOff: new Set(),
    isOver: false,
  };
  const log = (line: string) => say(`${name}: ${line}`);
  try {
    await stockUp(scene);
    const shoppers = await gather(scene, SHOPPERS);
    await Promise.all([
      watchTheClock(scene, seconds, log),
      scene.payments.run(scene),
      ...Array.from({ length: OPERATORS }, (_, index) => keepShop(scene, index)),
      ...Array.from({ length: DISPATCHERS }, (_, index) => dispatchOrders(scene, index)),
      ...shoppers.map((shopper) => shopAround(scene, shopper, shoppers)),
    ]);
    const doubts = await scene.wire.settleDoubts();
    await everythingLapsed(scene).catch((error: unknown) => scene.faults.add(String(error)));
    await reckonLimits(scene, shoppers);
    await reckon(scene);
    log(`${figures(scene)}; ${doubts} asked again at the end\n${scene.wire.summary().join('\n')}`);
    return scene;
  } finally {
    scene.isOver = true;
    scene.wire.close();
  }
}

/** Ends the scenario in time, or early after too many faults. Regularly logs progress, and audits. */
async function watchTheClock(scene: Scene, seconds: number, log: (line: string) => void): Promise<void> {
  const start = performance.now();
  let loggedAt = start;
  while (performance.now() - start < seconds * 1_000 && scene.faults.count < FAULTS_MAX) {
    await pause(TICK_MS);
    if (performance.now() - loggedAt < PROGRESS_EVERY_MS) continue;
    loggedAt = performance.now();
    log(`${Math.round((loggedAt - start) / 1_000)} s: ${figures(scene)}`);
    const audit = must(await scene.shop.caller.asOperator().query('admin.audit', undefined));
    scene.faults.unless(audit.ok, () => `the audit meanwhile: ${JSON.stringify(audit)}`);
  }
  scene.isOver = true;
}

function figures({ wire, orders, holds, faults }: Scene): string {
  const byStatus = new Map<string, number>();
  for (const { status } of orders.orders.values()) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  const orderFigures = [...byStatus].map(([status, count]) => `${count} ${status}`).join(', ');
  const slowest = Math.round(wire.slowestMs);
  return `${wire.answers} answers, the slowest ${slowest} ms, ${wire.cuts} cut off; ${holds.size} holds; orders: ${orderFigures}; ${faults.count} faults`;
}
