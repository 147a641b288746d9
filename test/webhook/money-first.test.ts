import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldfastOptions } from '../../src/shop/holdfast.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';
import { transaction } from '../support/transactions.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const SCHEDULE = { pausesMs: [1_000, 10_000, 10_000], jitter: 0, random: () => 0 };
const WEBHOOKS: Partial<HoldfastOptions> = {
  webhooks: { sender: createHttpSender({ allowPrivate: true }), schedule: SCHEDULE },
};

async function listen(
  { holdfast }: Shop,
  receiver: WebhookReceiver,
  input: { events?: ('order.awaiting_payment' | 'order.cancelled')[] } = {},
): Promise<string> {
  const { secret, endpointId } = yes(await holdfast.webhooks.create({ url: receiver.url, ...input }, OPERATOR));
  receiver.secret = secret;
  return endpointId;
}

let keys = 0;
const add = async ({ holdfast }: Shop, name: string): Promise<void> => {
  yes(await holdfast.carts.add({ sku: 'fan', quantity: 2 }, shopper(name)()));
};

async function begin(shop: Shop, name: string): Promise<string> {
  await add(shop, name);
  keys += 1;
  return yes(await shop.holdfast.checkout.begin({}, shopper(name)(`key-${keys}`))).orderId;
}

async function cancel({ holdfast }: Shop, name: string, orderId: string): Promise<void> {
  yes(await holdfast.checkout.cancel({ orderId }, shopper(name)()));
}

async function place(shop: Shop, name: string): Promise<string> {
  await add(shop, name);
  keys += 1;
  return yes(await shop.holdfast.checkout.place({}, shopper(name)(`key-${keys}`))).orderId;
}

const pay = async ({ holdfast }: Shop, orderId: string): Promise<void> => {
  yes(await holdfast.checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR));
};

async function giveBack({ holdfast }: Shop, orderId: string, idempotencyKey: string): Promise<void> {
  const lines = [{ sku: 'fan', quantity: 1 }];
  yes(await holdfast.orders.return({ orderId, lines, restock: true, reason: 'r' }, { ...OPERATOR, idempotencyKey }));
}

const got = ({ received }: WebhookReceiver): string[] =>
  received.map(({ payload }) => `${payload.type} ${String(payload.data['orderId'])}`);

describe.each(engines)('money events on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('are delivered while the other events of the endpoint are stuck', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver);
    receiver.reply = ({ payload }, response) => {
      if (payload.type === 'order.placed') response.end();
    };
    for (let n = 0; n < 120; n += 1) await cancel(shop, 'mallory', await begin(shop, 'mallory'));
    shop.holdfast.expiry.start();
    await receiver.got(8);
    const placed = await place(shop, 'ann');
    await receiver.got(9);
    expect(got(receiver)).toContain(`order.placed ${placed}`);
    expect(shop.holdfast.stats().webhooksDelivered).toBeLessThanOrEqual(1);
  });

  test('get their own queue for an endpoint without one, and none is lost', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    const endpointId = await listen(shop, receiver);
    // An endpoint that was created before there were two queues.
    const drop = { kind: 'drop', key: `webhook:money:${endpointId}`, expect: 'any' } as const;
    await shop.store.apply([transaction('drop', [drop])]);
    const [begun, placed] = [await begin(shop, 'bob'), await place(shop, 'ann')];
    await shop.holdfast.webhooks.deliverNow();
    await shop.holdfast.webhooks.deliverNow();
    expect(got(receiver).sort()).toEqual([`order.awaiting_payment ${begun}`, `order.placed ${placed}`].sort());
  });
});

describe.each(engines)('events of one order on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('are merged into the newest within a round, except for sales', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver);
    const cancelled = await begin(shop, 'ann');
    await cancel(shop, 'ann', cancelled);
    const paid = await begin(shop, 'bob');
    await pay(shop, paid);
    const returned = await place(shop, 'cid');
    for (const key of ['r1', 'r2']) await giveBack(shop, returned, key);
    const waits = await begin(shop, 'dan');
    await shop.holdfast.webhooks.deliverNow();
    expect(got(receiver).sort()).toEqual(
      [
        `order.cancelled ${cancelled}`,
        `order.placed ${paid}`,
        `order.placed ${returned}`,
        `order.returned ${returned}`,
        `order.awaiting_payment ${waits}`,
      ].sort(),
    );
    const last = receiver.received.find(({ payload }) => payload.type === 'order.returned');
    expect(last?.payload.data['order']).toMatchObject({ lines: [{ returned: 2 }] });
  });

  test('are all delivered to an endpoint that subscribes to only one type', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver, { events: ['order.awaiting_payment'] });
    const orderId = await begin(shop, 'ann');
    await cancel(shop, 'ann', orderId);
    await shop.holdfast.webhooks.deliverNow();
    expect(got(receiver)).toEqual([`order.awaiting_payment ${orderId}`]);
  });

  test('supersede an event that waits for a retry', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver);
    receiver.reply = (_, response) => response.writeHead(500).end();
    const orderId = await begin(shop, 'ann');
    await shop.holdfast.webhooks.deliverNow();
    receiver.reply = (_, response) => response.end();
    await cancel(shop, 'ann', orderId);
    shop.clock.now += 1_000;
    await shop.holdfast.webhooks.deliverNow();
    await shop.holdfast.webhooks.deliverNow();
    expect(got(receiver)).toEqual([`order.awaiting_payment ${orderId}`, `order.cancelled ${orderId}`]);
    expect(yes(await shop.holdfast.webhooks.list({})).items).toMatchObject([{ waiting: 0, deadLetters: 0 }]);
  });

  test('end with the newest and with every sale, despite failed attempts and restarts', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver);
    const taken = new Set<string>();
    let attempts = 0;
    receiver.reply = ({ payload }, response) => {
      attempts += 1;
      if (attempts % 3 !== 0) return void response.writeHead(500).end();
      taken.add(`${payload.type} ${String(payload.data['orderId'])}`);
      response.end();
    };
    const wanted: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const orderId = await begin(shop, 'ann');
      if (n % 2 === 0) await pay(shop, orderId);
      else await cancel(shop, 'ann', orderId);
      if (n % 4 === 0) await giveBack(shop, orderId, `return-${n}`);
      wanted.push(n % 2 === 0 ? `order.placed ${orderId}` : `order.cancelled ${orderId}`);
      if (n % 4 === 0) wanted.push(`order.returned ${orderId}`);
      const other = n % 5 === 0 ? await shop.another(engine, WEBHOOKS) : shop.holdfast;
      if (n % 3 === 0) await other.webhooks.deliverNow();
    }
    receiver.reply = ({ payload }, response) => {
      taken.add(`${payload.type} ${String(payload.data['orderId'])}`);
      response.end();
    };
    shop.clock.now += 20_000;
    await shop.holdfast.webhooks.deliverNow();
    expect(wanted.filter((event) => !taken.has(event))).toEqual([]);
  });

  test('have a visible age while they are undelivered', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    await shop.supply('fan', { units: 1_000 });
    await listen(shop, receiver);
    const ages = () => shop.holdfast.stats().webhooksOldestUndeliveredMs;
    expect(ages()).toEqual({ money: 0, other: 0 });
    receiver.reply = (_, response) => response.writeHead(500).end();
    await place(shop, 'ann');
    await shop.holdfast.webhooks.deliverNow();
    shop.clock.now += 60_000;
    await shop.holdfast.webhooks.deliverNow();
    expect(ages().money).toBeGreaterThanOrEqual(60_000);
    expect(ages().money).toBeLessThan(120_000);
    expect(ages().other).toBe(0);
    receiver.reply = (_, response) => response.end();
    shop.clock.now += 20_000;
    await shop.holdfast.webhooks.deliverNow();
    expect(ages()).toEqual({ money: 0, other: 0 });
  });
});
