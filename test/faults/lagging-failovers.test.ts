import { expect, test } from 'vitest';
import { allOrders, expectBalance, expectSound, stockUp } from '../support/books.ts';
import { Dice } from '../support/dice.ts';
import { acceptLoss, frozenBy, isServing, lostWritesOf } from '../support/frozen-shop.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { ReplicaPair } from './replica-pair.ts';
import { FULL } from '../support/scale.ts';
import { replayable } from '../support/seed.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import type { Order } from '../support/shopper.ts';

const FAILOVERS = FULL ? 100 : 3;
const LOST_MAX = 20;
const STOCK = { mug: 1_000 };
const { seed } = replayable();

interface Member {
  server: ServerProcess;
  caller: HttpCaller;
}

/** A process that has seen the lost writes, and one that has been idle since the replica stopped. */
interface Shop {
  pair: ReplicaPair;
  knows: Member;
  idle: Member;
  kept: Order[];
}

const buy = ({ caller }: Member, name: string): Promise<HttpAnswer<Order>> =>
  caller
    .as(`shopper-${name}`)
    .mutate('checkout.place', { idempotencyKey: 'pay', items: [{ sku: 'mug', quantity: 1 }] });

const sequenceAt = async (admin: ReplicaPair['master']): Promise<number> =>
  Number(await admin.hget('{main}:meta', 'sequence'));

/** Calls the server without a pause until it reports the loss. Returns the orders that it has acknowledged before. */
async function acknowledgedUntilFrozen(member: Member, name: string): Promise<Order[]> {
  const acknowledged: Order[] = [];
  const isFrozen = async (attempt: number): Promise<boolean> => {
    const answer = await buy(member, `${name}-${attempt}`);
    if (answer.ok) acknowledged.push(answer.value);
    return !answer.ok && answer.reason === 'store_regressed';
  };
  let attempt = 0;
  await poll(() => isFrozen((attempt += 1)), { timeoutMs: 30_000 });
  return acknowledged;
}

async function failOver(shop: Shop, round: number, dice: Dice): Promise<number> {
  const { pair, knows, idle, kept } = shop;
  const before = await lostWritesOf(knows.server);
  for (const member of [knows, idle]) kept.push(must(await buy(member, `${round}-kept-${member.server.pid}`)));
  await pair.caughtUp();
  await pair.lag();
  const writes = dice.between(1, LOST_MAX);
  await Promise.all(Array.from({ length: writes }, async (_, n) => must(await buy(knows, `${round}-lost-${n}`))));
  const [last, left] = [await sequenceAt(pair.master), await sequenceAt(pair.replica)];
  const kill = dice.chance(0.5);
  await pair.failover({ kill });
  const [wrong, byIdle] = await Promise.all([
    acknowledgedUntilFrozen(knows, `${round}-knows`),
    acknowledgedUntilFrozen(idle, `${round}-idle`),
  ]);
  expect(wrong).toEqual([]);
  const loss = await frozenBy(knows.server);
  expect(loss).toMatchObject({ kept: left, last, count: last - left });
  expect((await lostWritesOf(knows.server)) - before).toBe(last - left);
  expect(await acceptLoss(dice.pick([knows, idle]).server, loss.kept)).toBe(0);
  await Promise.all([knows, idle].map(({ server }) => isServing(server)));
  kept.push(...byIdle);
  await pair.rejoin({ killed: kill });
  return byIdle.length;
}

test(`finds every loss of a lagging replica that is promoted, HOLDFAST_SEED=${seed}`, {
  timeout: FULL ? 1_800_000 : 60_000,
}, async () => {
  await using pair = await ReplicaPair.start();
  const start = () => startServerProcess({ REDIS_URL: pair.url, DURABILITY: 'local' });
  await using first = await start();
  await using second = await start();
  const [one, two] = [first, second].map((server) => ({ server, caller: new HttpCaller(server.url) })) as [
    Member,
    Member,
  ];
  await stockUp(one.caller, STOCK);
  const dice = new Dice(seed, 'failovers');
  const kept: Order[] = [];
  let byIdle = 0;
  for (let round = 0; round < FAILOVERS; round += 1) {
    const [knows, idle] = dice.chance(0.5) ? [one, two] : [two, one];
    byIdle += await failOver({ pair, knows, idle, kept }, round, dice);
  }
  const orders = await allOrders(one.caller);
  expect(orders.map(({ orderId }) => orderId).sort()).toEqual(kept.map(({ orderId }) => orderId).sort());
  await expectBalance(two.caller, STOCK, orders);
  await expectSound(one.caller);
  console.log(`${FAILOVERS} failovers, ${byIdle} orders of idle processes before the loss was found`);
  for (const { caller } of [one, two]) caller.close();
});
