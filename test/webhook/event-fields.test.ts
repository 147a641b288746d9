import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import type { HoldfastOptions } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const webhooks: HoldfastOptions['webhooks'] = { sender: createHttpSender({ allowPrivate: true }) };
const contact = { name: 'Ada Lovelace' };
const ada = shopper('ada');

describe.each(engines)('webhook endpoints on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('receive the contact of an order only if they ask for it', async () => {
    await using plain = await WebhookReceiver.open();
    await using asking = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, { webhooks });
    const { holdfast } = shop;
    await shop.supply('fan', { units: 20 });
    const created = yes(await holdfast.webhooks.create({ url: plain.url }, OPERATOR));
    plain.secret = created.secret;
    const asked = yes(await holdfast.webhooks.create({ url: asking.url, fields: ['contact'] }, OPERATOR));
    asking.secret = asked.secret;
    expect([created.fields, asked.fields]).toEqual([undefined, ['contact']]);
    const contacts = async (key: string) => {
      yes(await holdfast.carts.add({ sku: 'fan', quantity: 1 }, ada()));
      yes(await holdfast.checkout.place({ contact }, ada(key)));
      await holdfast.webhooks.deliverNow();
      return [plain, asking].map(({ received }) =>
        received.splice(0).flatMap(({ payload: { data } }) => {
          const order = data['order'] as { contact?: object } | undefined;
          return order ? [order.contact] : [];
        }),
      );
    };
    expect(await contacts('1')).toEqual([[undefined], [contact]]);
    const { endpointId } = asked;
    yes(await holdfast.webhooks.update({ endpointId, fields: null }, OPERATOR));
    yes(await holdfast.webhooks.update({ endpointId: created.endpointId, fields: ['contact'] }, OPERATOR));
    expect(await contacts('2')).toEqual([[contact], [undefined]]);
  });

  test('sign with secrets that are encrypted in the store, also after the key was replaced', async () => {
    const [key, next] = [randomBytes(32), randomBytes(32)];
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine, { webhooks, dataKeys: { key } });
    await shop.supply('fan', { units: 20 });
    const { secret, endpointId } = yes(await shop.holdfast.webhooks.create({ url: receiver.url }, OPERATOR));
    receiver.secret = secret;
    const stored = async () =>
      (await shop.store.read([{ documents: ['webhook:endpoints'] }]))[0]?.documents[0]?.record.body ?? '';
    expect(await stored()).not.toContain('whsec_');
    yes(await shop.holdfast.stock.count({ sku: 'fan', onHand: 3 }, OPERATOR));
    await shop.holdfast.webhooks.deliverNow();
    expect(receiver.received.splice(0).map(({ payload }) => payload.type)).toContain('stock.low');
    const rotated = await shop.another(engine, { webhooks, dataKeys: { key: next, previousKey: key } });
    yes(await rotated.webhooks.update({ endpointId, description: 'ERP' }, OPERATOR));
    const later = await shop.another(engine, { webhooks, dataKeys: { key: next } });
    yes(await later.stock.count({ sku: 'fan', onHand: 0 }, OPERATOR));
    await later.webhooks.deliverNow();
    expect(receiver.received.splice(0).map(({ payload }) => payload.type)).toContain('stock.out');
    const replaced = yes(await later.webhooks.rotateSecret({ endpointId }, OPERATOR));
    expect(replaced.secret).toMatch(/^whsec_/);
    expect(await stored()).not.toContain('whsec_');
  });
});
