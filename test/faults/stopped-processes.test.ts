import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { allOrders } from '../support/books.ts';
import { type HttpAnswer, type HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { FULL } from '../support/scale.ts';
import { insist, type Order } from '../support/shopper.ts';
import { type Answer, BUYERS, expectOnly, halfRequest, StoppedShop } from './stopped-shop.ts';

const ROUNDS = FULL ? 10 : 1;
/** Longer than the deadlines of calls (10 s) and batches (5 s), and than the lock of the leader (5 s). */
const STOP_MS = 11_500;
/** Longer than the deadline of a batch, and shorter than what counts as a jump of the clock (10 s). */
const SHORT_STOP_MS = 7_500;
const SLOW = { timeoutMs: 30_000 };
/** Answers that promise that the call had no effect. */
const WITHOUT_EFFECT = ['store_unavailable', 'overloaded', 'hold_expired', 'cart_empty'];

const ordersIn = (answers: readonly Answer[]): Order[] =>
  answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
const reasonsIn = (answers: readonly HttpAnswer<unknown>[]): string[] =>
  answers.flatMap((answer) => (answer.ok ? [] : [answer.reason]));

/** The stop comes right after the first answer, or at another stage of the calls that were just sent. */
const aMoment = (round: number, calls: readonly Promise<Answer>[]): Promise<unknown> =>
  round % 2 === 0 ? Promise.race(calls) : sleep((3 * round) % 10);

/** Stops a process for so long, or until `meanwhile` is over. Resolves when it has gone on. */
async function stopFor(
  { pid, stopMs = STOP_MS }: { pid: number; stopMs?: number },
  meanwhile: () => Promise<void>,
  atTheEnd?: () => void,
): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const over = sleep(stopMs);
  try {
    await meanwhile();
    await over;
    atTheEnd?.();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** No answer promises less than what happened: acknowledged orders exist, and nothing else but unknown outcomes. */
async function expectHonest(shop: StoppedShop, before: number, answers: readonly Answer[]): Promise<void> {
  const reasons = reasonsIn(answers);
  expect(answers).toHaveLength(BUYERS);
  await shop.serves();
  expect(reasons.filter((reason) => ![...WITHOUT_EFFECT, 'outcome_unknown'].includes(reason))).toEqual([]);
  const orders = (await allOrders(shop.caller(0))).length - before;
  const acknowledged = ordersIn(answers).length;
  expect(orders).toBeGreaterThanOrEqual(acknowledged);
  expect(orders - acknowledged).toBeLessThanOrEqual(reasons.filter((reason) => reason === 'outcome_unknown').length);
}

/** Resolves when the holds of all carts have expired. */
const untilNothingIsHeld = (caller: HttpCaller) =>
  poll(async () => {
    const level = await caller.asOperator().query('stock.level', { sku: 'tea' });
    return level.ok && level.value.reserved === 0;
  }, SLOW);

/** Resolves as soon as Redis answers. */
const levelOf = (shop: StoppedShop) =>
  poll(async () => {
    const answer = await shop.caller(0).asOperator().query('stock.level', { sku: 'tea' });
    return answer.ok && answer.value;
  }, SLOW);

async function stopLeader(shop: StoppedShop, round: number): Promise<Order[]> {
  const stopped = await shop.leader();
  const other = shop.caller(stopped + 1);
  await shop.fillCarts(`late-${round}`);
  await shop.fillCarts(`early-${round}`);
  const before = (await allOrders(other)).length;
  const early = shop.pay(`early-${round}`, stopped);
  const late: Promise<Answer>[] = [];
  await aMoment(round, early);
  await stopFor(shop.servers[stopped]!, async () => {
    late.push(...shop.pay(`late-${round}`, stopped));
    await untilNothingIsHeld(other);
  });
  const answers = await Promise.all(early);
  expect(ordersIn(await Promise.all(late))).toEqual([]);
  await expectHonest(shop, before, answers);
  const final = ordersIn(await shop.payAgain(`early-${round}`));
  expect(final).toEqual(expect.arrayContaining(ordersIn(answers)));
  expect(ordersIn(await shop.payAgain(`late-${round}`))).toEqual([]);
  return final;
}

async function stopRedis(shop: StoppedShop, round: number): Promise<Order[]> {
  await shop.fillCarts(`unsent-${round}`);
  await shop.fillCarts(`late-${round}`);
  await shop.fillCarts(`early-${round}`);
  const before = (await allOrders(shop.caller(0))).length;
  const early = shop.pay(`early-${round}`);
  let unsent: HttpAnswer<unknown>[] = [];
  let late: Promise<Answer>[] = [];
  const payLate = () => {
    late = shop.pay(`late-${round}`);
  };
  await aMoment(round, early);
  await stopFor(
    shop.base.redis!,
    async () => {
      unsent = await Promise.all([...shop.pay(`unsent-${round}`), ...shop.receive(`unsent-${round}`)]);
    },
    payLate,
  );
  const answers = await Promise.all(early);
  // Redis applies none of the batches that have waited in its sockets: their deadlines have passed.
  expect(reasonsIn(unsent).filter((reason) => !['store_unavailable', 'outcome_unknown'].includes(reason))).toEqual([]);
  expect(unsent.filter(({ ok }) => ok)).toEqual([]);
  expect(ordersIn(await Promise.all(late))).toEqual([]);
  expect(await levelOf(shop)).toMatchObject({ onHand: shop.stock.tea });
  await shop.receiveAgain(`unsent-${round}`);
  await expectHonest(shop, before, answers);
  const final = ordersIn(await shop.payAgain(`early-${round}`));
  expect(final).toEqual(expect.arrayContaining(ordersIn(answers)));
  for (const name of ['late', 'unsent']) expect(ordersIn(await shop.payAgain(`${name}-${round}`))).toEqual([]);
  return final;
}

async function stopOnlyServer(shop: StoppedShop, round: number): Promise<Order[]> {
  const half = await halfRequest(shop.servers[0]!.url);
  await shop.fillCarts(`late-${round}`);
  await shop.fillCarts(`early-${round}`);
  const before = (await allOrders(shop.caller(0))).length;
  const early = shop.pay(`early-${round}`);
  const late: Promise<Answer>[] = [];
  let status: Promise<number> | undefined;
  await aMoment(round, early);
  await stopFor(shop.servers[0]!, async () => {
    late.push(...shop.pay(`late-${round}`));
    status = half.finish();
  });
  // The rest came after the deadline of the headers, because of the server. A client may repeat such a request.
  expect([200, 429]).toContain(await status);
  const answers = await Promise.all(early);
  expect(ordersIn(await Promise.all(late))).toEqual([]);
  await expectHonest(shop, before, answers);
  const final = ordersIn(await shop.payAgain(`early-${round}`));
  expect(final).toEqual(expect.arrayContaining(ordersIn(answers)));
  return final;
}

const STOPS = [
  { stopped: 'the server that leads', store: 'redis', stop: stopLeader },
  { stopped: 'Redis', store: 'redis', stop: stopRedis },
  { stopped: 'the only server', store: 'embedded', stop: stopOnlyServer },
] as const;

describe.concurrent('SIGSTOP past every deadline', { timeout: 120_000 + ROUNDS * 30_000 }, () => {
  test.each(STOPS)('of $stopped: sells no expired hold, and each answer is right', async ({ store, stop }) => {
    await using shop = await StoppedShop.open(store);
    const placed: Order[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      placed.push(...(await stop(shop, round)));
      await expectOnly(shop, placed);
    }
    console.log(`${ROUNDS} stops, ${placed.length} orders`);
  });

  test('of Redis and a server: applies no batch late, and refuses a session that has ended', async () => {
    await using shop = await StoppedShop.open('redis', { SESSION_TTL_MS: '6000', SESSION_SECRET: 'of-this-test' });
    const { sessionId } = must(await shop.caller(0).mutate('session.create', {}));
    const own = shop.caller(0).as(sessionId);
    must(await own.query('cart.get', {}));
    // From here on both servers know the record, and send a change of it without a read.
    await shop.receiveAgain('known');
    let late: Promise<HttpAnswer<unknown>> | undefined;
    let unsent: HttpAnswer<unknown> | undefined;
    const stopOf = ({ pid }: { pid: number }) => ({ pid, stopMs: SHORT_STOP_MS });
    await stopFor(stopOf(shop.base.redis!), () =>
      stopFor(stopOf(shop.servers[0]!), async () => {
        late = own.query('cart.get', {});
        // One call, because a second batch in flight has twice the time, and the stop may not take that long.
        unsent = await shop.receiveOne(shop.caller(1), 'unsent-1');
      }),
    );
    // No hold is overdue, and the clock seems not to have jumped. So only its deadline keeps Redis from applying what
    // has waited in its sockets.
    expect(unsent).toMatchObject({ ok: false, reason: 'outcome_unknown' });
    expect(await late).toMatchObject({ ok: false });
    const { answer } = await insist(
      async () => shop.caller(0),
      sessionId,
      (caller) => caller.query('cart.get', {}),
    );
    expect(answer).toMatchObject({ ok: false, reason: 'session_required' });
    expect(await levelOf(shop)).toMatchObject({ onHand: shop.stock.tea });
    await shop.receiveAgain('unsent');
    await expectOnly(shop, []);
  });
});
