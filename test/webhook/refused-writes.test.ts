import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast, type HoldfastOptions } from '../../src/shop/holdfast.ts';
import { StoreError } from '../../src/store/store.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { engines } from '../support/engines.ts';
import { hookedStore } from '../support/hooked-store.ts';
import { OPERATOR, openShopWith, yes } from '../support/shop.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const SCHEDULE = { pausesMs: [1_000, 1_000], jitter: 0, random: () => 0 };
const WEBHOOKS: Partial<HoldfastOptions> = {
  webhooks: { sender: createHttpSender({ allowPrivate: true }), schedule: SCHEDULE },
};

describe.each(engines)('webhooks while the store refuses writes, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test.each([
    { name: 'fails', status: 500 },
    { name: 'succeeds', status: 204 },
  ])('repeats an event whose attempt $name, with the same id, level and version', async ({ status }) => {
    await using receiver = await WebhookReceiver.open();
    await using shop = await openShopWith(engine);
    const isRefusing = { value: false };
    const store = hookedStore(shop.store, {
      beforeApply: async () => {
        if (isRefusing.value) throw new StoreError('unavailable', 'the store refuses writes');
      },
    });
    const holdfast = createHoldfast({ store, ...WEBHOOKS });
    await shop.supply('fan', { units: 20 });
    receiver.secret = yes(await holdfast.webhooks.create({ url: receiver.url }, OPERATOR)).secret;
    const { version } = yes(await holdfast.stock.count({ sku: 'fan', onHand: 5 }, OPERATOR));

    isRefusing.value = true;
    receiver.reply = (_, response) => response.writeHead(status).end();
    await expect(holdfast.webhooks.deliverNow()).rejects.toThrow(StoreError);
    isRefusing.value = false;
    receiver.reply = (_, response) => response.end();
    await holdfast.webhooks.deliverNow();
    yes(await holdfast.stock.count({ sku: 'fan', onHand: 4 }, OPERATOR));
    await holdfast.webhooks.deliverNow();

    const event = { type: 'stock.low', data: { sku: 'fan', available: 5, version } };
    expect(receiver.received.map(({ payload }) => payload)).toMatchObject([event, event]);
    expect(new Set(receiver.ids).size).toBe(1);
    await holdfast.close();
  });
});
