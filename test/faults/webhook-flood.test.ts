import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { FULL } from './scale.ts';

const FLOOD_MS = FULL ? 15_000 : 3_000;
const SESSIONS = 50;
/** A receiver that works a little before it answers, so that events wait for it: eight at once are 160 or 16 a second. */
const RECEIVER_MS = FULL ? 50 : 500;
/** In the suite other tests share the machine: there the order only has to overtake older events. */
const DELAY_MAX_MS = FULL ? 2_000 : Infinity;
/** More than there are under way at once when the order is placed. */
const OVERTAKEN_MIN = 20;

/** Begins and cancels checkouts, one after the other, until `until`; resolves with how many. */
async function beginAndCancel(shopper: HttpCaller, until: number): Promise<number> {
  let loops = 0;
  while (performance.now() < until) {
    await shopper.mutate('cart.add', { sku: 'mug', quantity: 1 });
    const begun = await shopper.mutate('checkout.begin', { idempotencyKey: `begin-${loops}` });
    if (!begun.ok) continue;
    await shopper.mutate('checkout.cancel', { orderId: begun.value.orderId });
    loops += 1;
  }
  return loops;
}

test('an honest order is delivered within moments while anonymous shoppers begin and cancel checkouts', {
  timeout: FLOOD_MS + 120_000,
}, async () => {
  await using receiver = await WebhookReceiver.open();
  const arrivals = new Map<string, number>();
  receiver.reply = ({ payload: { type, data } }, response) => {
    arrivals.set(`${type} ${String(data['orderId'])}`, performance.now());
    setTimeout(() => response.end(), RECEIVER_MS);
  };
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path, WEBHOOK_ALLOW_PRIVATE: 'yes' });
  const caller = new HttpCaller(server.url);
  const operator = caller.asOperator();
  must(await operator.mutate('stock.define', { sku: 'mug' }));
  must(await operator.mutate('stock.receive', { sku: 'mug', quantity: 100_000 }));
  receiver.secret = must(await operator.mutate('webhooks.create', { url: receiver.url })).secret;

  const until = performance.now() + FLOOD_MS;
  const attackers = Array.from({ length: SESSIONS }, (_, n) => beginAndCancel(caller.as(`attacker-${n}`), until));
  await sleep(FLOOD_MS * 0.8);
  const items = [{ sku: 'mug', quantity: 1 }];
  const { orderId } = must(await caller.as('honest-ann').mutate('checkout.place', { idempotencyKey: 'pay', items }));
  const placedAt = performance.now();
  await poll(() => arrivals.has(`order.placed ${orderId}`), { timeoutMs: 100_000 });
  const delayMs = arrivals.get(`order.placed ${orderId}`)! - placedAt;
  const loops = (await Promise.all(attackers)).reduce((sum, count) => sum + count, 0);
  const placed = receiver.received.findIndex(({ payload }) => payload.data['orderId'] === orderId);
  const { timestamp } = receiver.received[placed]!.payload;
  const overtaken = () => receiver.received.slice(placed).filter(({ payload }) => payload.timestamp < timestamp).length;
  await poll(() => overtaken() >= OVERTAKEN_MIN, {
    timeoutMs: 20_000,
    describe: () => `${overtaken()} were overtaken`,
  });
  console.log(`order.placed after ${Math.round(delayMs)} ms, beside ${loops} checkouts begun and cancelled`);
  expect(delayMs).toBeLessThan(DELAY_MAX_MS);
  caller.close();
});
