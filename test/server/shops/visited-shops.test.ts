import { expect, test } from 'vitest';
import { OpenShops } from '../../../src/server/shops/open-shops.ts';
import type { ShopService } from '../../../src/server/shops/shop-service.ts';
import { SILENT } from '../../../src/transact/log.ts';
import { poll } from '../../support/poll.ts';
import { startRedis } from '../../support/redis-server.ts';
import { inShop, type SeveralShopsServer, startShops } from '../../support/several-shops.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

const ROOT = { operator: true };
const SETTINGS = { SHOPS: '*', WEBHOOK_ALLOW_PRIVATE: 'yes' };
/** Longer than it takes here, and far less than the time after which an idle shop is closed. */
const AWAITED = { timeoutMs: 15_000 };

async function changed(server: SeveralShopsServer, procedure: string, input: object, who: object): Promise<unknown> {
  const { status, text, data } = await server.mutate(procedure, input, who);
  expect(status, `${procedure}: ${text}`).toBe(200);
  return data;
}

/** Creates a shop with an order that waits for its payment. The receiver has got the event of that. */
async function createWaitingShop(server: SeveralShopsServer, shop: string, receiver: WebhookReceiver): Promise<void> {
  const operator = { ...ROOT, ...inShop(shop) };
  await changed(server, 'shops.create', { shop }, ROOT);
  await changed(server, 'stock.define', { sku: 'mug' }, operator);
  await changed(server, 'stock.receive', { sku: 'mug', quantity: 5 }, operator);
  const events = ['order.awaiting_payment', 'order.expired'];
  const endpoint = (await changed(server, 'webhooks.create', { url: receiver.url, events }, operator)) as {
    secret: string;
  };
  receiver.secret = endpoint.secret;
  const { sessionId } = (await changed(server, 'session.create', {}, inShop(shop))) as { sessionId: string };
  const shopper = { session: sessionId, ...inShop(shop) };
  await changed(server, 'cart.add', { sku: 'mug', quantity: 1 }, shopper);
  await changed(server, 'checkout.begin', { idempotencyKey: 'begin-1' }, shopper);
  await receiver.got(1);
}

const leaveOpen: WebhookReceiver['reply'] = () => undefined;

/** From now on the receiver accepts events. They arrive again, because the first attempt had no answer. */
function accept(receiver: WebhookReceiver): void {
  receiver.received.length = 0;
  receiver.reply = (_, response) => response.end('taken');
}

async function gotAgain(receiver: WebhookReceiver): Promise<void> {
  await poll(() => receiver.received.length > 0, AWAITED);
  expect(receiver.types).toEqual(['order.awaiting_payment']);
}

const statusOf = async (server: SeveralShopsServer, shop: string): Promise<number> =>
  (await server.query('cart.get', {}, inShop(shop))).status;

for (const kind of ['embedded', 'redis']) {
  test(`${kind}: after a start, payments expire in active and in suspended shops that nobody calls`, async () => {
    await using dir = await tempDir();
    await using redis = kind === 'redis' ? await startRedis({}) : null;
    await using active = await WebhookReceiver.open();
    await using suspended = await WebhookReceiver.open();
    const store = redis && { REDIS_URL: redis.url, DURABILITY: 'none' };
    const settings = { ...SETTINGS, PAYMENT_WINDOW_MS: '2000', ...store };
    {
      await using server = await startShops(settings, { dir: dir.path });
      await createWaitingShop(server, 'a', active);
      await createWaitingShop(server, 's', suspended);
      await changed(server, 'shops.suspend', { shop: 's', reason: 'not paid' }, ROOT);
    }
    await using server = await startShops(settings, { dir: dir.path });
    for (const [shop, receiver] of Object.entries({ active, suspended })) {
      const describe = () => `the ${shop} shop has sent ${receiver.types.join(' ')}`;
      await poll(() => receiver.types.includes('order.expired'), { ...AWAITED, describe });
    }
    expect(await statusOf(server, 's')).toBe(403);
  });
}

test('after a start, waiting events are delivered of more shops than may be open', async () => {
  await using dir = await tempDir();
  await using first = await WebhookReceiver.open();
  await using second = await WebhookReceiver.open();
  await using third = await WebhookReceiver.open();
  const receivers = { a: first, b: second, c: third };
  {
    await using server = await startShops(SETTINGS, { dir: dir.path });
    for (const [shop, receiver] of Object.entries(receivers)) {
      receiver.reply = leaveOpen;
      await createWaitingShop(server, shop, receiver);
    }
    await changed(server, 'shops.suspend', { shop: 'b' }, ROOT);
  }
  for (const receiver of Object.values(receivers)) accept(receiver);
  await using server = await startShops({ ...SETTINGS, SHOPS_OPEN_MAX: '2' }, { dir: dir.path });
  for (const receiver of Object.values(receivers)) await gotAgain(receiver);
  expect(await statusOf(server, 'b')).toBe(403);
});

test('events that wait when a shop is suspended are delivered', async () => {
  await using server = await startShops(SETTINGS);
  await using receiver = await WebhookReceiver.open();
  receiver.reply = leaveOpen;
  await createWaitingShop(server, 'a', receiver);
  accept(receiver);
  await changed(server, 'shops.suspend', { shop: 'a' }, ROOT);
  await gotAgain(receiver);
  expect(await statusOf(server, 'a')).toBe(403);
});

test('a thousand shops with due work are opened one after the other', async () => {
  let [opening, openingMost] = [0, 0];
  const store = { reclaim: async () => ({ at: 0, nextDueAt: null }) };
  const idle = { stats: () => ({ webhooksOldestUndeliveredMs: { money: 0, other: 0 } }), store };
  const service = { holdfast: idle, stop: () => undefined, close: async () => undefined };
  const open = async (): Promise<ShopService> => {
    opening += 1;
    openingMost = Math.max(openingMost, opening);
    await new Promise((resolve) => setImmediate(resolve));
    opening -= 1;
    return service as unknown as ShopService;
  };
  const shops = new OpenShops({ max: 1_000, idleMs: 60_000, log: SILENT, open });
  for (let shop = 0; shop < 1_000; shop += 1) shops.visit(`shop-${shop}`);
  await poll(() => shops.counts.opened === 1_000);
  expect(openingMost).toBe(1);
  shops.stop();
  await shops.close();
});
