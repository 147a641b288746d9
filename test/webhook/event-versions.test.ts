import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRows } from '../../src/store/embedded/files/environment.ts';
import { raiseEpoch } from '../../src/store/embedded/tables/shop-state.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createHoldfast, type Holdfast, type HoldfastOptions } from '../../src/shop/holdfast.ts';
import { updatesOf } from '../../src/shop/watch/update-stream.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { openShop } from '../store/embedded/shops.ts';
import { engines } from '../support/engines.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const WEBHOOKS: Partial<HoldfastOptions> = { webhooks: { sender: createHttpSender({ allowPrivate: true }) } };

async function listen(holdfast: Holdfast, receiver: WebhookReceiver): Promise<void> {
  receiver.secret = yes(await holdfast.webhooks.create({ url: receiver.url }, OPERATOR)).secret;
}

const count = async ({ stock }: Holdfast, onHand: number): Promise<number> =>
  yes(await stock.count({ sku: 'fan', onHand }, OPERATOR)).version;

/** The version that `stock.watch` reports now. */
async function watchedVersion({ watch }: Holdfast): Promise<number> {
  for await (const { version } of updatesOf(watch, ['fan'])) return version;
  throw new Error('the watch ended');
}

/** Returns the received events in the order of their versions. */
const byVersion = ({ received }: WebhookReceiver) =>
  received
    .map(({ payload: { type, timestamp, data } }) => ({ type, timestamp, version: Number(data['version']) }))
    .sort((a, b) => a.version - b.version);

describe.each(engines)('versions of events on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('order changes of one millisecond, and equal the versions of stock.level and stock.watch', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    const { holdfast } = shop;
    await shop.supply('fan', { units: 20 });
    await listen(holdfast, receiver);
    const levels: number[] = [];
    for (const onHand of [5, 0, 50, 4]) levels.push(await count(holdfast, onHand));
    await holdfast.webhooks.deliverNow();
    const events = byVersion(receiver);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(['stock.low', 'stock.out', 'stock.back_in_stock', 'stock.low']);
    expect(events.map(({ version }) => version)).toEqual(levels);
    expect(await watchedVersion(holdfast)).toBe(levels.at(-1));
  });

  test('order the states of an order', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    const { holdfast } = shop;
    await shop.supply('fan', { units: 20 });
    await listen(holdfast, receiver);
    yes(await holdfast.carts.add({ sku: 'fan', quantity: 1 }, shopper('ann')()));
    const { orderId } = yes(await holdfast.checkout.begin({}, shopper('ann')('begin')));
    await holdfast.webhooks.deliverNow();
    yes(await holdfast.checkout.cancel({ orderId }, shopper('ann')()));
    await holdfast.webhooks.deliverNow();
    expect(byVersion(receiver).map(({ type }) => type)).toEqual(['order.awaiting_payment', 'order.cancelled']);
    expect(new Set(byVersion(receiver).map(({ version }) => version)).size).toBe(2);
  });

  test('are the same in every attempt of an event', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, WEBHOOKS);
    const { holdfast } = shop;
    await shop.supply('fan', { units: 20 });
    await listen(holdfast, receiver);
    receiver.reply = (_, response) => response.writeHead(500).end();
    const version = await count(holdfast, 5);
    await holdfast.webhooks.deliverNow();
    await count(holdfast, 4);
    shop.clock.now += 60_000;
    await holdfast.webhooks.deliverNow();
    expect(byVersion(receiver).map((event) => event.version)).toEqual([version, version]);
  });
});

interface Reopened extends AsyncDisposable {
  readonly store: Store;
  /** Opens the same shop in a new epoch. */
  reopen(): Promise<Store>;
}

const embedded = async (): Promise<Reopened> => {
  const shop = await openShop();
  const raise = () => shop.reopen((root) => root.transactionSync(() => raiseEpoch(openRows(root, 'meta'), START)));
  return { store: shop.store, reopen: raise, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
};

const onRedis = async (): Promise<Reopened> => {
  const server = await startRedis({ appendonly: 'yes' });
  const open = () => openRedisStore({ url: server.url, shop: 'test', durability: 'relaxed' });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      await server.restart();
      store = await open();
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await server[Symbol.asyncDispose]();
    },
  };
};

test.each([
  { name: 'a restored embedded store', open: embedded },
  { name: 'a restarted Redis', open: onRedis },
])('in the new epoch of $name the newest state has the version of stock.watch', async ({ open }) => {
  await using receiver = await WebhookReceiver.open();
  await using shop = await open();
  const before = createHoldfast({ store: shop.store, ...WEBHOOKS });
  yes(await before.stock.define({ sku: 'fan' }, OPERATOR));
  await count(before, 20);
  await listen(before, receiver);
  const older = await count(before, 5);
  await count(before, 0);
  await before.close();
  const after = createHoldfast({ store: await shop.reopen(), ...WEBHOOKS });
  await after.webhooks.deliverNow();
  const present = await watchedVersion(after);
  expect(present).toBeGreaterThan(2 ** 40);
  expect(byVersion(receiver)).toMatchObject([
    { type: 'stock.low', version: older },
    { type: 'stock.out', version: present },
  ]);
  const newer = await count(after, 50);
  await after.webhooks.deliverNow();
  expect(byVersion(receiver).at(-1)).toMatchObject({ type: 'stock.back_in_stock', version: newer });
  expect(newer).toBeGreaterThan(present);
  await after.close();
});
