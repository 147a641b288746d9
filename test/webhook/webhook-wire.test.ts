import { describe, expect, test } from 'vitest';
import { startShop, type ShopServer } from '../support/shop-server.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const OPERATOR = { operator: true };
const ANN = { session: 'session-of-ann' };
const ALLOWED = { WEBHOOK_ALLOW_PRIVATE: 'yes' };

interface Created {
  endpointId: string;
  secret: string;
}

async function listen(shop: ShopServer, receiver: WebhookReceiver, input: object = {}): Promise<Created> {
  const { status, data } = await shop.mutate('webhooks.create', { url: receiver.url, ...input }, OPERATOR);
  expect(status).toBe(200);
  const created = data as Created;
  receiver.secret = created.secret;
  return created;
}

async function sell(shop: ShopServer, quantity: number, key: string): Promise<string> {
  await shop.mutate('cart.add', { sku: 'mug', quantity }, ANN);
  const { data } = await shop.mutate('checkout.place', { idempotencyKey: key }, ANN);
  return (data as { orderId: string }).orderId;
}

describe('webhooks over the wire', () => {
  test('delivers signed order and stock events, and shows the secret nowhere else', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await startShop(ALLOWED);
    await shop.mutate('stock.define', { sku: 'mug', unitPrice: { amount: 900, currency: 'EUR' } }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'mug', quantity: 8 }, OPERATOR);
    const { secret, endpointId } = await listen(shop, receiver);
    const orderId = await sell(shop, 4, 'first');
    await receiver.got(2);
    const order = receiver.received.find(({ payload }) => payload.type === 'order.placed');
    expect(order?.id).toMatch(/^evt_main_\d+-\d+o$/);
    expect(order?.payload.data).toMatchObject({
      shop: 'main',
      orderId,
      order: { status: 'placed', lines: [{ quantity: 4 }] },
    });
    const low = receiver.received.find(({ payload }) => payload.type === 'stock.low');
    expect(low?.payload.data).toEqual({
      shop: 'main',
      requestId: expect.any(String),
      sku: 'mug',
      available: 4,
      version: 4,
    });
    expect(receiver.forged).toEqual([]);
    const listed = await shop.query('webhooks.list', undefined, OPERATOR);
    expect(listed.data).toMatchObject({ items: [{ endpointId, enabled: true, waiting: 0, deadLetters: 0 }] });
    expect(listed.text).not.toContain('whsec_');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shop.logText()).not.toContain(secret.slice(6));
    expect((await shop.query('admin.audit', undefined, OPERATOR)).data).toMatchObject({ ok: true });
    expect((await shop.fetch('/metrics')).text).toMatch(/holdfast_webhooks_delivered_total 2\n/);
  });

  test('does not deliver other types or earlier events', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await startShop(ALLOWED);
    await shop.mutate('stock.define', { sku: 'mug' }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'mug', quantity: 8 }, OPERATOR);
    await sell(shop, 1, 'before');
    await listen(shop, receiver, { events: ['order.placed'] });
    const orderId = await sell(shop, 6, 'after');
    await receiver.got(1);
    await shop.running.holdfast.webhooks.deliverNow();
    expect(receiver.received.map(({ payload }) => [payload.type, payload.data.orderId])).toEqual([
      ['order.placed', orderId],
    ]);
  });

  test('signs with the replaced secret too, and sends nothing to a deleted endpoint', async () => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await startShop(ALLOWED);
    await shop.mutate('stock.define', { sku: 'mug' }, OPERATOR);
    await shop.mutate('stock.receive', { sku: 'mug', quantity: 100 }, OPERATOR);
    const { endpointId, secret } = await listen(shop, receiver, { events: ['order.placed'] });
    const rotated = await shop.mutate('webhooks.rotateSecret', { endpointId }, OPERATOR);
    const next = (rotated.data as Created).secret;
    expect(next).not.toBe(secret);
    await sell(shop, 1, 'old');
    await receiver.got(1);
    receiver.secret = next;
    await sell(shop, 1, 'new');
    await receiver.got(2);
    expect(receiver.received.every(({ signatures }) => signatures.split(' ').length === 2)).toBe(true);
    await shop.mutate('webhooks.delete', { endpointId }, OPERATOR);
    await sell(shop, 1, 'deleted');
    await shop.running.holdfast.webhooks.deliverNow();
    expect(receiver.received.length).toBe(2);
    const { status, error } = await shop.mutate('webhooks.delete', { endpointId }, OPERATOR);
    expect([status, error?.data.reason]).toEqual([404, 'unknown_endpoint']);
  });

  test('creates one endpoint for a repeated call and returns the same secret', async () => {
    await using shop = await startShop(ALLOWED);
    const input = { url: 'http://127.0.0.1:9/', idempotencyKey: 'once' };
    const first = await shop.mutate('webhooks.create', input, OPERATOR);
    const second = await shop.mutate('webhooks.create', input, OPERATOR);
    expect(second.data).toEqual(first.data);
    const other = await shop.mutate('webhooks.create', { ...input, url: 'http://127.0.0.1:8/' }, OPERATOR);
    expect(other.status).toBe(422);
  });

  test('allows at most 20 endpoints, and only to operators', async () => {
    await using shop = await startShop(ALLOWED);
    for (let one = 0; one < 20; one += 1) {
      expect((await shop.mutate('webhooks.create', { url: `http://127.0.0.1:9/${one}` }, OPERATOR)).status).toBe(200);
    }
    expect((await shop.mutate('webhooks.create', { url: 'http://127.0.0.1:9/' }, OPERATOR)).status).toBe(400);
    expect((await shop.mutate('webhooks.create', { url: 'http://127.0.0.1:9/' }, ANN)).status).toBe(401);
  });

  test.each([
    'http://shop.example/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://user:secret@shop.example/',
    'ftp://shop.example/',
    'nonsense',
  ])('refuses the target %s by default', async (url) => {
    await using shop = await startShop();
    const { status, error, text } = await shop.mutate('webhooks.create', { url }, OPERATOR);
    expect([status, error?.data.reason]).toEqual([400, 'invalid_input']);
    expect(text).not.toContain('secret');
  });
});
