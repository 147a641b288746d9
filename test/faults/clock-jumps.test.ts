import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expectBalance, expectOrders, expectSound, stockUp } from '../support/books.ts';
import { Dice } from '../support/dice.ts';
import { must } from '../support/http-caller.ts';
import { expectLedger } from '../support/ledger-book.ts';
import { startRedis } from '../support/redis-server.ts';
import { FULL } from '../support/scale.ts';
import { replayable } from '../support/seed.ts';
import { DAY_MS, HOUR_MS, type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';
import { openBase, type ShopBase } from '../support/shop-bases.ts';
import { ShopServers } from '../support/shop-servers.ts';
import { Traffic } from '../support/shop-traffic.ts';

const JUMPS = FULL ? 100 : 4;
const SHIFTS_MS = [0, 30_000, -30_000, HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS];
const STANDING = 10;
const STOCK = { 'hot-1': 150, 'calm-1': 90_000, 'calm-2': 90_000, kept: STANDING };
const { seed } = replayable();

type Env = Record<string, string>;
type Row = { whose: string; open: (env: Env) => Promise<{ base: ShopBase; settings: Env }> };

const ROWS: readonly Row[] = [
  {
    whose: 'the server of an embedded shop',
    open: async (env) => ({ base: await openBase.embedded(), settings: env }),
  },
  {
    whose: 'Redis',
    open: async (env) => {
      const redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' }, { env });
      const environment = { REDIS_URL: redis.url, DURABILITY: 'local' };
      return { base: Object.assign(redis, { environment, servers: 2, redis }), settings: {} };
    },
  },
  { whose: 'both servers on Redis', open: async (env) => ({ base: await openBase.redis(), settings: env }) },
];

async function jump(clock: ShiftedClock, traffic: Traffic, dice: Dice): Promise<void> {
  clock.shift(dice.pick(SHIFTS_MS));
  await traffic.more(dice.between(1, 25));
  await sleep(dice.between(0, 500));
}

async function sellThroughJumps({ whose, open }: Row): Promise<void> {
  await using clock = await shiftedClock();
  const { base, settings } = await open(clock.env);
  await using _base = base;
  await using servers = await ShopServers.start(base, settings);
  await stockUp(await servers.caller(0), STOCK);
  const standing = async (shopper: number) => (await servers.caller(shopper)).as(`standing-${shopper}`);
  for (let n = 0; n < STANDING; n += 1)
    must(await (await standing(n)).mutate('cart.add', { sku: 'kept', quantity: 1 }));
  const dice = new Dice(seed, whose);
  const { kept: _, ...sold } = STOCK;
  const traffic = new Traffic({ name: 'jumps', stock: sold, shop: (shopper) => servers.caller(shopper) });
  for (let n = 0; n < JUMPS; n += 1) await jump(clock, traffic, dice);
  clock.shift(0);
  await traffic.stop();

  const { visits } = traffic;
  const caller = await servers.caller(0);
  const orders = await expectOrders(caller, visits);
  const stock = { ...traffic.stock, kept: STANDING };
  await expectBalance(caller, stock, orders);
  await expectLedger((await servers.server(0)).url, { orders, stock });
  await expectSound(caller);
  for (let n = 0; n < STANDING; n += 1) {
    expect(must(await (await standing(n)).query('cart.get', {})).lines).toMatchObject([{ sku: 'kept', quantity: 1 }]);
  }
  console.log(`${whose}: ${JUMPS} jumps, ${orders.length} orders, ${traffic.repeated} calls repeated`);
}

/** Holds that end at their time in spite of a jump are in test/system/clock-steps.test.ts. */
describe('jumps of the wall clock in a sale', { concurrent: !FULL, timeout: FULL ? 900_000 : 180_000 }, () => {
  test.each(FULL ? ROWS : ROWS.slice(0, 2))(
    `of $whose, end no hold early and sell nothing twice, HOLDFAST_SEED=${seed}`,
    sellThroughJumps,
  );
});
