import { expect, test } from 'vitest';
import { allOrders, expectBalance, expectSound, stockUp } from '../support/books.ts';
import { Dice } from '../support/dice.ts';
import { acceptLoss, frozenBy, isServing, lostWritesOf } from '../support/frozen-shop.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { ReplicaPair, type Replication } from './replica-pair.ts';
import { startSentinelPair } from './sentinel-pair.ts';
import { FULL } from '../support/scale.ts';
import { replayable } from '../support/seed.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import type { Order } from '../support/shopper.ts';

const FAILOVERS = FULL ? 100 : 3;
const LOST_MAX = 20;
const SWEEPS_MAX = 2;
const STOCK = { mug: 1_000 };
const { seed } = replayable();

interface Member {
  server: ServerProcess;
  caller: HttpCaller;
}

/** A process that has seen the lost writes, and one that has been idle since the replica stopped. */
interface Shop {
  replication: Replication;
  knows: Member;
  idle: Member;
  kept: Order[];
  /** The sequences at which the losses began that were accepted. */
  accepted: number[];
}

const buy = ({ caller }: Member, name: string): Promise<HttpAnswer<Order>> =>
  caller
    .as(`shopper-${name}`)
    .mutate('checkout.place', { idempotencyKey: 'pay', items: [{ sku: 'mug', quantity: 1 }] });

const sequenceAt = async (admin: Replication['master']): Promise<number> =>
  Number(await admin.hget('{main}:meta', 'sequence'));

/** The sequence of the newest order, which a process has acknowledged. */
async function newestSale({ caller }: Member): Promise<number> {
  const { movements } = must(await caller.asOperator().query('stock.history', { sku: 'mug', limit: 1 }));
  return Number(/^mov_(\d+)-/.exec(movements[0]?.movementId ?? '')?.[1]);
}

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

/** Expects that no process acknowledges an order between the failover and the report of the loss. */
async function failOver(shop: Shop, round: number, dice: Dice, kill: boolean): Promise<void> {
  const { replication, knows, idle, kept } = shop;
  const before = await lostWritesOf(knows.server);
  for (const member of [knows, idle]) kept.push(must(await buy(member, `${round}-kept-${member.server.pid}`)));
  await replication.caughtUp();
  await replication.lag();
  const writes = dice.between(1, LOST_MAX);
  await Promise.all(Array.from({ length: writes }, async (_, n) => must(await buy(knows, `${round}-lost-${n}`))));
  const [sold, left] = [await newestSale(knows), await sequenceAt(replication.replica)];
  const last = await sequenceAt(replication.master);
  await replication.failover({ kill });
  const early = await Promise.all([
    acknowledgedUntilFrozen(knows, `${round}-knows`),
    acknowledgedUntilFrozen(idle, `${round}-idle`),
  ]);
  expect(early).toEqual([[], []]);
  // The report of a server may be a second old, and still name the loss that was accepted before.
  const loss = await frozenBy(knows.server, shop.accepted.at(-1));
  expect(loss).toMatchObject({ kept: left, first: left + 1, count: loss.last - left });
  // A sweep of a process may have written after the last order, and only that process has seen it acknowledged.
  expect(loss.last).toBeGreaterThanOrEqual(sold);
  expect(loss.last).toBeLessThanOrEqual(last + SWEEPS_MAX);
  expect((await lostWritesOf(knows.server)) - before).toBeGreaterThanOrEqual(sold - left);
  expect((await lostWritesOf(knows.server)) - before).toBeLessThanOrEqual(loss.count);
  expect(await acceptLoss(dice.pick([knows, idle]).server, loss.kept)).toBe(0);
  await Promise.all([knows, idle].map(({ server }) => isServing(server)));
  shop.accepted.push(loss.kept);
}

class Members implements AsyncDisposable {
  readonly all: [Member, Member];
  readonly kept: Order[] = [];
  readonly accepted: number[] = [];

  private constructor(all: [Member, Member]) {
    this.all = all;
  }

  static async start({ url }: Replication): Promise<Members> {
    const start = async (): Promise<Member> => {
      const server = await startServerProcess({ REDIS_URL: url, DURABILITY: 'local' });
      return { server, caller: new HttpCaller(server.url) };
    };
    const members = new Members([await start(), await start()]);
    await stockUp(members.all[0].caller, STOCK);
    return members;
  }

  inRoles(dice: Dice): Omit<Shop, 'replication'> {
    const [one, two] = this.all;
    const roles = dice.chance(0.5) ? { knows: one, idle: two } : { knows: two, idle: one };
    return { ...roles, kept: this.kept, accepted: this.accepted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server, caller } of this.all) {
      caller.close();
      await server[Symbol.asyncDispose]();
    }
  }
}

async function expectKept({ all: [one, two], kept }: Members): Promise<void> {
  const orders = await allOrders(one.caller);
  expect(orders.map(({ orderId }) => orderId).sort()).toEqual(kept.map(({ orderId }) => orderId).sort());
  await expectBalance(two.caller, STOCK, orders);
  await expectSound(one.caller);
}

test(`finds every loss of a lagging replica that is promoted, HOLDFAST_SEED=${seed}`, {
  timeout: FULL ? 1_800_000 : 120_000,
}, async () => {
  await using pair = await ReplicaPair.start();
  await using members = await Members.start(pair);
  const dice = new Dice(seed, 'failovers');
  for (let round = 0; round < FAILOVERS; round += 1) {
    const kill = dice.chance(0.5);
    const shop = { replication: pair, ...members.inRoles(dice) };
    await failOver(shop, round, dice, kill);
    await pair.rejoin({ killed: kill });
  }
  await expectKept(members);
});

test.each(Array.from({ length: FULL ? 5 : 0 }, (_, n) => n))(
  'finds the loss of a lagging replica that sentinels promote, %i',
  { timeout: 120_000 },
  async (round) => {
    await using replication = await startSentinelPair();
    await using members = await Members.start(replication);
    const dice = new Dice(seed, `sentinels-${round}`);
    const shop = { replication, ...members.inRoles(dice) };
    await failOver(shop, round, dice, true);
    await expectKept(members);
  },
);
