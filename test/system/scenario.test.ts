import { describe, expect, test } from 'vitest';
import { replayable } from '../support/seed.ts';
import { shopKinds } from '../support/running-shop.ts';
import { ENVIRONMENT, SECOND_SERVER } from '../support/scenario/goods.ts';
import { runScenario } from '../support/scenario/run-scenario.ts';
import type { Scene } from '../support/scenario/scene.ts';

const SECONDS = Number(process.env['HOLDFAST_SCENARIO_SECONDS'] ?? 60);
const { seed } = replayable();

/** In a short run, or on a very busy machine, chance may omit some of these. */
const ANSWERS_WHOLE = 15_000;
/** Without these a full run did not cover what it must. */
const MUST_HAPPEN = [
  'cart.add ok',
  'cart.add insufficient_stock',
  'cart.add limit_exceeded',
  'cart.add quantity_limit',
  'cart.setQuantity ok',
  'cart.extend ok',
  'cart.merge ok',
  'checkout.place ok',
  'checkout.place hold_expired',
  'checkout.begin ok',
  'checkout.confirm ok',
  'checkout.confirm payment_too_late',
  'checkout.confirm order_state',
  'checkout.cancel ok',
  'checkout.cancel order_state',
  'orders.return ok',
  'orders.return return_exceeds_sold',
  'orders.return order_state',
  'orders.fulfil ok',
  'orders.fulfil exceeds_unfulfilled',
  'orders.fulfil order_state',
  'orders.cancelLine ok',
  'orders.cancelLine exceeds_unfulfilled',
  'orders.cancelLine order_state',
  'orders.setLineQuantity ok',
  'orders.setLineQuantity exceeds_unfulfilled',
  'orders.setLineQuantity order_state',
  'orders.setLineQuantity insufficient_stock',
  'orders.setLineQuantity limit_exceeded',
  'orders.setLineQuantity quantity_limit',
  'stock.writeOff ok',
  'written_off holds',
  'holds.release ok',
  'holds.release committed',
  'stripe paid_settled',
  'late sold',
];

function expectEverythingHappened({ wire, orders, shop }: Scene): void {
  expect(MUST_HAPPEN.filter((label) => wire.count(label) === 0)).toEqual([]);
  const statuses = new Set([...orders.orders.values()].map(({ status }) => status));
  const ended = ['cancelled', 'fulfilled', 'refund_due'];
  expect([...statuses].sort()).toEqual(expect.arrayContaining([...ended, 'partially_fulfilled', 'placed']));
  const sold = [...orders.orders.values()].filter(({ isSold }) => isSold);
  expect(new Set(sold.map(({ leftAtSale }) => leftAtSale))).toEqual(
    new Set(shop.servers.length > 1 ? [true, false] : [false]),
  );
}

describe.concurrent(`two hundred shoppers at random, HOLDFAST_SEED=${seed}`, () => {
  test.for(shopKinds)('on $name', { timeout: (SECONDS + 90) * 1_000 }, async ({ name, open }) => {
    await using shop = await open(ENVIRONMENT, SECOND_SERVER);
    const scene = await runScenario({ name, shop, seed, seconds: SECONDS, say: console.log });
    expect(scene.faults.list).toEqual([]);
    if (scene.wire.answers >= ANSWERS_WHOLE) expectEverythingHappened(scene);
  });
});
