import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { MovementPage } from '../../src/contract/outputs/stock-outputs.ts';
import { engines } from '../support/engines.ts';
import { type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const named = (requestId: string, who: Credentials = { session: 'a-shopper-with-ids' }): Credentials => ({
  ...who,
  headers: { 'x-request-id': requestId },
});
const OPERATOR: Credentials = { operator: true };
const ANY_ID = /^req_[\w-]{12}\.[a-z\d]+$/;

describe.each(engines)('the id of a request on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  async function openShop(): Promise<{ shop: ShopServer } & AsyncDisposable> {
    const opened = await engine.open({ now: Date.now() });
    const shop = await startShop({ WEBHOOK_ALLOW_PRIVATE: 'yes', SHOP: opened.store.shop }, opened.store);
    await shop.mutate('stock.define', { sku: 'cup' }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'cup', quantity: 3 }, named('receiving-1', OPERATOR));
    const end = async (): Promise<void> => {
      await shop[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    };
    return { shop, [Symbol.asyncDispose]: end };
  }

  async function movementsOf(shop: ShopServer): Promise<(string | undefined)[]> {
    const { movements } = (await shop.query('stock.history', { sku: 'cup' }, OPERATOR)).data as MovementPage;
    return movements.map(({ kind, cause }) => `${kind} ${cause.requestId}`);
  }

  test('is in refusals, ledger lines, orders and webhooks', async () => {
    await using receiver = await WebhookReceiver.open();
    await using opened = await openShop();
    const { shop } = opened;
    const created = await shop.mutate('webhooks.create', { url: receiver.url }, OPERATOR);
    receiver.secret = (created.data as { secret: string }).secret;

    const refused = await shop.mutate('cart.add', { sku: 'cup', quantity: 9 }, named('refused-1'));
    expect(refused.headers.get('x-request-id')).toBe('refused-1');
    expect(refused.error?.data).toMatchObject({ reason: 'insufficient_stock', requestId: 'refused-1' });

    expect((await shop.mutate('cart.add', { sku: 'cup', quantity: 2 }, named('adding-1'))).status).toBe(200);
    const sold = await shop.mutate('checkout.place', { idempotencyKey: 'k' }, named('buying-1'));
    const again = await shop.mutate('checkout.place', { idempotencyKey: 'k' }, named('buying-2'));
    const order = sold.data as Order;
    expect([order.requestId, (again.data as Order).requestId]).toEqual(['buying-1', 'buying-1']);
    const read = await shop.query('orders.get', { orderId: order.orderId }, OPERATOR);
    expect((read.data as Order).requestId).toBe('buying-1');

    const lines = [{ sku: 'cup', quantity: 1 }];
    const back = { orderId: order.orderId, lines, restock: true, reason: 'damaged', idempotencyKey: 'b' };
    expect((await shop.mutate('orders.return', back, named('returning-1', OPERATOR))).status).toBe(200);
    expect(await movementsOf(shop)).toEqual([
      'returned returning-1',
      'consumed buying-1',
      'reserved adding-1',
      'received receiving-1',
    ]);

    await shop.mutate('stock.count', { sku: 'cup', onHand: 0 }, named('counting-1', OPERATOR));
    await shop.running.holdfast.webhooks.deliverNow();
    const events = receiver.received.map(({ payload: { type, data } }) => [type, data['requestId']]);
    expect(events).toContainEqual(['order.placed', 'buying-1']);
    expect(events).toContainEqual(['order.returned', 'returning-1']);
    expect(events).toContainEqual(['stock.out', 'counting-1']);
  });

  // The ledger entry of the sale is the second one of its transaction, and that of the count the first.
  test.each(['order.placed', 'stock.out'])(
    'is read from the ledger again for the second attempt of %s',
    async (type) => {
      await using receiver = await WebhookReceiver.open();
      await using opened = await openShop();
      const { shop } = opened;
      const input = { url: receiver.url, events: [type] };
      const created = await shop.mutate('webhooks.create', input, OPERATOR);
      const { secret, endpointId } = created.data as { secret: string; endpointId: string };
      receiver.secret = secret;
      receiver.reply = (_, response) => void response.writeHead(410).end();
      const items = [{ sku: 'cup', quantity: 1 }];
      if (type === 'stock.out') await shop.mutate('stock.count', { sku: 'cup', onHand: 0 }, named('cause-1', OPERATOR));
      else await shop.mutate('checkout.place', { idempotencyKey: 'k', items }, named('cause-1'));
      await shop.running.holdfast.webhooks.deliverNow();
      receiver.reply = (_, response) => void response.end();
      await shop.mutate('webhooks.update', { endpointId, enabled: true }, OPERATOR);
      await shop.running.holdfast.webhooks.deliverNow();
      expect(receiver.received.map(({ payload: { data } }) => data['requestId'])).toEqual(['cause-1', 'cause-1']);
    },
  );

  test('is a new one instead of an id that is too long, or would need an escape', async () => {
    await using opened = await openShop();
    const { shop } = opened;
    const strange = ['x'.repeat(129), 'a b', '"}', '<script>', 'ä'];
    for (const id of strange) {
      const { error, headers } = await shop.mutate('cart.add', { sku: 'cup', quantity: 9 }, named(id));
      expect(error?.data['requestId']).toMatch(ANY_ID);
      expect(error?.data['requestId']).toBe(headers.get('x-request-id'));
      await shop.mutate('stock.adjust', { sku: 'cup', delta: 1, reason: 'found' }, named(id, OPERATOR));
    }
    const ids = (await movementsOf(shop)).filter((line) => line?.startsWith('adjusted'));
    expect(ids).toHaveLength(strange.length);
    for (const line of ids) expect(line?.slice('adjusted '.length)).toMatch(ANY_ID);
  });
});
