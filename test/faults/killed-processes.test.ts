import { describe, expect, test } from 'vitest';
import { expectBalance, expectOrders, expectSound, stockUp } from '../support/books.ts';
import { Dice } from '../support/dice.ts';
import { expectLedger } from '../support/ledger-book.ts';
import { FULL } from '../support/scale.ts';
import { replayable } from '../support/seed.ts';
import { openBase } from '../support/shop-bases.ts';
import { ShopServers } from '../support/shop-servers.ts';
import { Traffic } from '../support/shop-traffic.ts';

const KILLS = FULL ? 200 : 4;
const KILLS_OF_GROUPS = 20;
/** Orders between two kills. They are few, so that most kills hit a server that has just begun. */
const ORDERS_MAX = 25;
const STOCK = { 'hot-1': 150, 'hot-2': 300, 'calm-1': 90_000, 'calm-2': 90_000, 'calm-3': 90_000, 'calm-4': 90_000 };
const { seed } = replayable();

type Victim = 'server' | 'redis';
type Row = readonly [store: keyof typeof openBase, victims: readonly Victim[], kills: number];

const ROWS: readonly Row[] = [
  ['embedded', ['server'], KILLS],
  ['redis', ['server', 'redis'], KILLS],
];
/** To start a group takes longer than the rest of a short run. */
const GROUPS: readonly Row[] = [
  ['sentinel', ['server'], KILLS_OF_GROUPS],
  ['cluster', ['server'], KILLS_OF_GROUPS],
];

async function killAndCount(store: Row[0], victims: Row[1], kills: number): Promise<void> {
  await using base = await openBase[store]();
  await using servers = await ShopServers.start(base);
  await stockUp(await servers.caller(0), STOCK);
  const dice = new Dice(seed, store);
  const traffic = new Traffic({ name: store, stock: STOCK, shop: (shopper) => servers.caller(shopper) });
  const kill = {
    server: () => servers.replace(dice.between(0, servers.count - 1)),
    redis: async () => {
      await base.redis?.kill9();
      await base.redis?.restart();
    },
  };
  for (let n = 0; n < kills; n += 1) {
    await traffic.more(dice.between(1, ORDERS_MAX));
    await kill[victims[n % victims.length] ?? 'server']();
  }
  await traffic.stop();

  expect(traffic.repeated).toBeGreaterThan(0);
  const { visits, stock } = traffic;
  const caller = await servers.caller(0);
  const orders = await expectOrders(caller, visits);
  await expectBalance(caller, stock, orders);
  await expectLedger((await servers.server(0)).url, { orders, stock });
  await expectSound(caller);
  console.log(`${store}: ${kills} kills, ${orders.length} orders, ${traffic.repeated} calls repeated`);
}

describe('kill -9', { concurrent: !FULL, timeout: FULL ? 1_800_000 : 120_000 }, () => {
  test.each(FULL ? [...ROWS, ...GROUPS] : ROWS)(
    `on %s, every acknowledged effect is there once after %j was killed, %i times, HOLDFAST_SEED=${seed}`,
    killAndCount,
  );
});
