import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { FULL } from '../support/scale.ts';

const FULL_MS = 15_000;
const SESSIONS = 50;
/**
 * In the full run a receiver works this long before it answers, so that events wait: eight at once are 160 a second.
 */
const RECEIVER_MS = 50;
/** In the suite other tests share the machine. There the order only has to overtake older events. */
const DELAY_MAX_MS = FULL ? 2_000 : Infinity;
/** More than may be under way at once when the order is placed. */
const OVERTAKEN_MIN = 20;
const LOOPS_MIN = 2 * OVERTAKEN_MIN;

interface Attack {
  loops: number;
  isOver: boolean;
}

/** Begins and cancels checkouts, one after the other, until the attack is over. */
async function beginAndCancel(shopper: HttpCaller, attack: Attack): Promise<void> {
  for (let n = 0; !attack.isOver; n += 1) {
    await shopper.mutate('cart.add', { sku: 'mug', quantity: 1 });
    const begun = await shopper.mutate('checkout.begin', { idempotencyKey: `begin-${n}` });
    if (!begun.ok) continue;
    await shopper.mutate('checkout.cancel', { orderId: begun.value.orderId });
    attack.loops += 1;
  }
}

interface SlowReceiver extends AsyncDisposable {
  receiver: WebhookReceiver;
  /** The arrival time of each event, by its type and order. */
  arrivals: Map<string, number>;
  /** Answers the waiting events, and later ones at once. */
  release: () => void;
}

/** Opens a receiver that is slow in the full run. In the suite it answers only `order.placed` until it is released. */
async function openSlowReceiver(): Promise<SlowReceiver> {
  const receiver = await WebhookReceiver.open();
  const arrivals = new Map<string, number>();
  const held: ServerResponse[] = [];
  let isReleased = false;
  receiver.reply = ({ payload: { type, data } }, response) => {
    arrivals.set(`${type} ${String(data['orderId'])}`, performance.now());
    if (FULL) setTimeout(() => response.end(), RECEIVER_MS);
    else if (isReleased || type === 'order.placed') response.end();
    else held.push(response);
  };
  const release = (): void => {
    isReleased = true;
    for (const response of held.splice(0)) response.end();
  };
  return { receiver, arrivals, release, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

test('delivers an honest order within moments while anonymous shoppers begin and cancel checkouts', {
  timeout: FULL_MS + 120_000,
}, async () => {
  await using slow = await openSlowReceiver();
  const { receiver, arrivals } = slow;
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path, WEBHOOK_ALLOW_PRIVATE: 'yes' });
  const caller = new HttpCaller(server.url);
  const operator = caller.asOperator();
  must(await operator.mutate('stock.define', { sku: 'mug' }));
  must(await operator.mutate('stock.receive', { sku: 'mug', quantity: 100_000 }));
  receiver.secret = must(await operator.mutate('webhooks.create', { url: receiver.url })).secret;

  const attack: Attack = { loops: 0, isOver: false };
  const attackers = Array.from({ length: SESSIONS }, (_, n) => beginAndCancel(caller.as(`attacker-${n}`), attack));
  await (FULL ? sleep(FULL_MS * 0.8) : poll(() => attack.loops >= LOOPS_MIN, { timeoutMs: 60_000 }));
  const items = [{ sku: 'mug', quantity: 1 }];
  const { orderId } = must(await caller.as('honest-ann').mutate('checkout.place', { idempotencyKey: 'pay', items }));
  const placedAt = performance.now();
  await poll(() => arrivals.has(`order.placed ${orderId}`), { timeoutMs: FULL ? 100_000 : 30_000 });
  const delayMs = arrivals.get(`order.placed ${orderId}`)! - placedAt;
  slow.release();
  await (FULL ? sleep(FULL_MS * 0.2) : undefined);
  attack.isOver = true;
  await Promise.all(attackers);
  const placed = receiver.received.findIndex(({ payload }) => payload.data['orderId'] === orderId);
  const { timestamp } = receiver.received[placed]!.payload;
  const overtaken = () => receiver.received.slice(placed).filter(({ payload }) => payload.timestamp < timestamp).length;
  await poll(() => overtaken() >= OVERTAKEN_MIN, {
    timeoutMs: 20_000,
    describe: () => `${overtaken()} were overtaken`,
  });
  console.log(`order.placed after ${Math.round(delayMs)} ms, beside ${attack.loops} checkouts begun and cancelled`);
  expect(delayMs).toBeLessThan(DELAY_MAX_MS);
  caller.close();
});
