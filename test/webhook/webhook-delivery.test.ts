import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast, type HoldfastOptions } from '../../src/shop/holdfast.ts';
import type { Delivered, WebhookSender } from '../../src/shop/webhook/webhook-sender.ts';
import type { WebhookSecret } from '../../src/contract/outputs/webhook-outputs.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { type Engine, engines } from '../support/engines.ts';
import { hookedStore } from '../support/hooked-store.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const http = createHttpSender({ allowPrivate: true, timeoutMs: 500 });
/** Three attempts, with pauses of one and ten seconds. */
const SCHEDULE = { pausesMs: [1_000, 10_000], jitter: 0, random: Math.random };
const WEBHOOKS = { webhooks: { sender: http, schedule: SCHEDULE } };
const DAY_MS = 86_400_000;

const openShop = async (engine: Engine, options: Partial<HoldfastOptions> = {}): Promise<Shop> => {
  const shop = await openShopWith(engine, { ...WEBHOOKS, ...options });
  await shop.supply('fan', { units: 1_000 });
  return shop;
};

async function listen({ holdfast }: Shop, receiver: WebhookReceiver, input: object = {}): Promise<WebhookSecret> {
  const created = yes(await holdfast.webhooks.create({ url: receiver.url, ...input }, OPERATOR));
  receiver.secret = created.secret;
  return created;
}

let keys = 0;
async function sell({ holdfast }: Shop, name = 'ann', quantity = 1): Promise<string> {
  yes(await holdfast.carts.add({ sku: 'fan', quantity }, shopper(name)()));
  keys += 1;
  return yes(await holdfast.checkout.place({}, shopper(name)(`key-${keys}`))).orderId;
}

const status = async (shop: Shop) => yes(await shop.holdfast.webhooks.list({})).items[0];
const dead = async (shop: Shop, endpointId: string) =>
  yes(await shop.holdfast.webhooks.deadLetters({ endpointId })).items;
const fails: WebhookReceiver['reply'] = (_, response) => response.writeHead(500).end();
const takes: WebhookReceiver['reply'] = (_, response) => response.end();

describe.each(engines)('webhooks on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('delivers each event of an order', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    await listen(shop, receiver);
    const { checkout, carts, orders, webhooks } = shop.holdfast;
    const [ann, bob] = [shopper('ann'), shopper('bob')];
    const placed = await sell(shop);
    yes(
      await orders.return(
        { orderId: placed, lines: [{ sku: 'fan', quantity: 1 }], restock: true, reason: 'r' },
        { ...OPERATOR, idempotencyKey: 'r' },
      ),
    );
    yes(await carts.add({ sku: 'fan', quantity: 2 }, ann()));
    const cancelled = yes(await checkout.begin({}, ann('b1'))).orderId;
    yes(await checkout.cancel({ orderId: cancelled }, ann()));
    yes(await carts.add({ sku: 'fan', quantity: 2 }, bob()));
    const late = yes(await checkout.begin({}, bob('b2'))).orderId;
    await webhooks.deliverNow();
    shop.clock.now += 900_000;
    await shop.holdfast.expiry.sweepNow();
    await webhooks.deliverNow();
    yes(await checkout.confirm({ orderId: late, paymentReference: 'p' }, OPERATOR));
    await webhooks.deliverNow();
    await webhooks.deliverNow();
    const sent = receiver.received.map(({ payload }) => `${payload.type} ${String(payload.data.orderId)}`);
    expect(sent.sort()).toEqual(
      [
        `order.placed ${placed}`,
        `order.returned ${placed}`,
        `order.cancelled ${cancelled}`,
        `order.awaiting_payment ${late}`,
        `order.expired ${late}`,
        `order.placed ${late}`,
      ].sort(),
    );
    expect(new Set(receiver.ids).size).toBe(receiver.ids.length);
    await shop.soundAudit();
  });

  test('reports a late payment before the expiry was seen only as placed', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    await listen(shop, receiver, { events: ['order.placed', 'order.expired'] });
    const { checkout, carts, webhooks } = shop.holdfast;
    yes(await carts.add({ sku: 'fan', quantity: 2 }, shopper('ann')()));
    const { orderId } = yes(await checkout.begin({}, shopper('ann')('begin')));
    shop.clock.now += 900_000;
    yes(await checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR));
    await webhooks.deliverNow();
    expect(receiver.types).toEqual(['order.placed']);
  });

  test('retries a failed event by the schedule, with the same id, until it is a dead letter', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    const { endpointId } = await listen(shop, receiver);
    receiver.reply = fails;
    await sell(shop);
    for (const [waitMs, attempts] of [
      [0, 1],
      [999, 1],
      [1, 2],
      [9_999, 2],
    ] as const) {
      shop.clock.now += waitMs;
      await shop.holdfast.webhooks.deliverNow();
      expect(receiver.received.length).toBe(attempts);
    }
    expect(await status(shop)).toMatchObject({ waiting: 1, deadLetters: 0 });
    shop.clock.now += 1;
    await shop.holdfast.webhooks.deliverNow();
    expect(new Set(receiver.ids).size).toBe(1);
    expect(await status(shop)).toMatchObject({ enabled: true, waiting: 0, deadLetters: 1 });
    const [letter] = await dead(shop, endpointId);
    expect(letter).toMatchObject({ eventId: receiver.ids[0], type: 'order.placed', attempts: 3, lastStatus: '500' });
    receiver.reply = takes;
    const wrong = await shop.holdfast.webhooks.replay({ endpointId, eventIds: ['evt_none'] }, OPERATOR);
    expect(yes(wrong)).toEqual({ replayed: 0, deadLetters: 1 });
    const call = { ...OPERATOR, idempotencyKey: 'replay' };
    const eventIds = [letter!.eventId];
    expect(yes(await shop.holdfast.webhooks.replay({ endpointId, eventIds }, call))).toEqual({
      replayed: 1,
      deadLetters: 0,
    });
    await shop.holdfast.webhooks.deliverNow();
    expect(yes(await shop.holdfast.webhooks.replay({ endpointId, eventIds }, call))).toEqual({
      replayed: 1,
      deadLetters: 0,
    });
    await shop.holdfast.webhooks.deliverNow();
    expect(receiver.received.length).toBe(4);
    expect(new Set(receiver.ids).size).toBe(1);
    expect(shop.holdfast.stats()).toMatchObject({ webhooksDelivered: 1, webhooksFailed: 3, webhooksDead: 1 });
    const sent = yes(await shop.holdfast.webhooks.deliveries({ endpointId })).items;
    const { eventId, type, subject, at } = letter!;
    expect(sent.map(({ attempt, status: shown, isDelivered }) => [attempt, shown, isDelivered])).toEqual([
      [1, '200', true],
      [3, '500', false],
      [2, '500', false],
      [1, '500', false],
    ]);
    for (const each of sent) expect(each).toMatchObject({ eventId, type, subject, at, tookMs: expect.any(Number) });
    expect(sent.map(({ sentAt }) => sentAt - sent[3]!.sentAt)).toEqual([11_000, 11_000, 1_000, 0]);
    yes(await shop.holdfast.webhooks.delete({ endpointId }, OPERATOR));
    expect(no(await shop.holdfast.webhooks.deliveries({ endpointId }))).toMatchObject({ reason: 'unknown_endpoint' });
  });

  test('honors Retry-After, and disables an endpoint that is gone without losing its events', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    const { endpointId } = await listen(shop, receiver);
    receiver.reply = (_, response) => response.writeHead(429, { 'retry-after': '60' }).end();
    const first = await sell(shop);
    await shop.holdfast.webhooks.deliverNow();
    const second = await sell(shop);
    shop.clock.now += 59_999;
    await shop.holdfast.webhooks.deliverNow();
    expect(receiver.received.length).toBe(1);
    receiver.reply = (_, response) => response.writeHead(410).end();
    shop.clock.now += 1;
    await shop.holdfast.webhooks.deliverNow();
    expect(await status(shop)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    const asked = receiver.received.length;
    const third = await sell(shop);
    shop.clock.now += DAY_MS;
    await shop.holdfast.webhooks.deliverNow();
    expect(receiver.received.length).toBe(asked);
    receiver.received.length = 0;
    receiver.reply = takes;
    yes(await shop.holdfast.webhooks.update({ endpointId, enabled: true }, OPERATOR));
    await shop.holdfast.webhooks.deliverNow();
    expect(receiver.received.map(({ payload }) => payload.data.orderId).sort()).toEqual([first, second, third].sort());
  });

  test('does not delay other endpoints for an unreachable one', async () => {
    await using away = await WebhookReceiver.open();
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    await listen(shop, away);
    away.reply = () => undefined;
    await listen(shop, receiver);
    shop.holdfast.expiry.start();
    await sell(shop);
    await receiver.got(1);
    expect(receiver.types).toEqual(['order.placed']);
  });

  test('repeats events after a crash between sending and saving, and loses none', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine);
    const { endpointId } = await listen(shop, receiver);
    const orders = [await sell(shop), await sell(shop)];
    const broken = hookedStore(shop.store, {
      beforeApply: () => Promise.reject(new Error('killed')),
    });
    const dying = createHoldfast({ store: broken, ...WEBHOOKS });
    await expect(dying.webhooks.deliverNow()).rejects.toThrow('killed');
    await dying.close();
    expect(receiver.received.length).toBe(2);
    const next = await shop.another(engine, WEBHOOKS);
    await next.webhooks.deliverNow();
    expect(receiver.received.length).toBe(4);
    expect(new Set(receiver.ids).size).toBe(2);
    await next.webhooks.deliverNow();
    expect(receiver.received.length).toBe(4);
    expect(receiver.received.map(({ payload }) => payload.data.orderId)).toEqual(expect.arrayContaining(orders));
    expect(yes(await next.webhooks.deadLetters({ endpointId })).items).toEqual([]);
  });

  test('does not read the ledger without endpoints, and works without a sender', async () => {
    await using shop = await openShopWith(engine);
    const refusal = no(await shop.holdfast.webhooks.create({ url: 'https://1.1.1.1/' }, OPERATOR));
    expect(refusal.reason).toBe('invalid_input');
    let feeds = 0;
    const store = new Proxy(shop.store, {
      get(target, name) {
        if (name === 'feed') feeds += 1;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const other = createHoldfast({ store, ...WEBHOOKS });
    await other.webhooks.deliverNow();
    expect(feeds).toBe(0);
    await other.close();
  });

  test('does not trim the ledger before the enabled endpoints have read it', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShop(engine, { settings: { orderRetentionMs: DAY_MS, ledgerRetentionMs: DAY_MS } });
    const { endpointId } = await listen(shop, receiver);
    await sell(shop);
    shop.clock.now += 3 * DAY_MS;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(false);
    await shop.holdfast.webhooks.deliverNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    await sell(shop);
    shop.clock.now += 3 * DAY_MS;
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(false);
    yes(await shop.holdfast.webhooks.update({ endpointId, enabled: false }, OPERATOR));
    expect(await shop.holdfast.trimLedger()).toBe(true);
    await shop.soundAudit();
  });

  test('applies hysteresis to stock events over restarts and changes of the safety stock', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 20 });
    await listen(shop, receiver, { events: ['stock.low', 'stock.out', 'stock.back_in_stock'] });
    const { stock } = shop.holdfast;
    const newEvents = async (): Promise<string[]> => {
      const other = await shop.another(engine, WEBHOOKS);
      await other.webhooks.deliverNow();
      return receiver.received.splice(0).map(({ payload }) => `${payload.type} ${String(payload.data.available)}`);
    };
    const count = async (onHand: number): Promise<string[]> => {
      yes(await stock.count({ sku: 'fan', onHand }, OPERATOR));
      return newEvents();
    };
    expect(await count(6)).toEqual([]);
    expect(await count(5)).toEqual(['stock.low 5']);
    expect(await count(8)).toEqual([]);
    expect(await count(4)).toEqual([]);
    expect(await count(11)).toEqual([]);
    expect(await count(3)).toEqual(['stock.low 3']);
    expect(await count(0)).toEqual(['stock.out 0']);
    expect(await count(2)).toEqual(['stock.back_in_stock 2']);
    yes(await shop.holdfast.carts.add({ sku: 'fan', quantity: 2 }, shopper('ann')()));
    expect(await newEvents()).toEqual(['stock.out 0']);
    yes(await shop.holdfast.carts.empty({}, shopper('ann')()));
    expect(await newEvents()).toEqual([]);
    expect(await count(50)).toEqual(['stock.back_in_stock 50']);
    yes(await stock.define({ sku: 'fan', safetyStock: 50 }, OPERATOR));
    expect(await newEvents()).toEqual([]);
    expect(await count(49)).toEqual(['stock.out 0']);
    expect(await count(48)).toEqual([]);
    yes(await stock.define({ sku: 'fan', safetyStock: 0 }, OPERATOR));
    // The event may come from the count of 48, because by now that is enough.
    expect(await count(51)).toEqual([expect.stringMatching(/^stock.back_in_stock (48|51)$/)]);
  });
});

describe('a full queue', () => {
  const [memory] = engines;

  test('stops at 500 dead letters, and the other events stay in the ledger', async () => {
    const down: WebhookSender = {
      problemOf: () => Promise.resolve(null),
      deliver: () => Promise.resolve<Delivered>({ outcome: 'failed', status: '500', retryAfterMs: null }),
    };
    await using shop = await openShop(memory!, {
      webhooks: { sender: down, schedule: { ...SCHEDULE, pausesMs: [10] } },
    });
    const { endpointId } = yes(await shop.holdfast.webhooks.create({ url: 'https://1.1.1.1/' }, OPERATOR));
    yes(await shop.holdfast.stock.receive({ sku: 'fan', quantity: 5_000 }, OPERATOR));
    const orders = new Set<string>();
    for (let one = 0; one < 1_900; one += 1) orders.add(await sell(shop, `s${one % 7}`));
    for (let round = 0; round < 2_000 && (await status(shop))?.enabled; round += 1) {
      shop.clock.now += 20;
      await shop.holdfast.webhooks.deliverNow();
    }
    expect(await status(shop)).toMatchObject({ disabledReason: 'dead_letters_full', deadLetters: 500 });
    const heard = new Set<string>();
    const deliver: WebhookSender['deliver'] = async ({ body }) => {
      heard.add((JSON.parse(body) as { data: { orderId: string } }).data.orderId);
      return { outcome: 'delivered', status: '200' };
    };
    const up = await shop.another(memory!, { webhooks: { sender: { ...down, deliver }, schedule: SCHEDULE } });
    yes(await up.webhooks.update({ endpointId, enabled: true }, OPERATOR));
    shop.clock.now += DAY_MS;
    await up.webhooks.deliverNow();
    yes(await up.webhooks.replay({ endpointId }, OPERATOR));
    await up.webhooks.deliverNow();
    expect(yes(await up.webhooks.deliveries({ endpointId })).items.length).toBe(50);
    expect([...orders].filter((id) => !heard.has(id)).length).toBe(0);
  });
});
