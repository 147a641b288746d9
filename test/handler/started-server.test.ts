import { describe, expect, test } from 'vitest';
import { ConfigError, MovableClock, openMemoryStore, OPERATOR, startHoldfastServer } from '../../src/index.ts';
import { headersOf, OPERATOR_KEY } from '../support/shop-server.ts';
import { yes } from '../support/shop.ts';

const env = { PORT: '0', OPERATOR_KEY };

describe('startHoldfastServer', () => {
  test('takes a payment adapter, a hook, a sender of webhooks, a clock and a log', async () => {
    const clock = new MovableClock({ startAt: 1_000_000 });
    const [lines, delivered]: [string[], string[]] = [[], []];
    const note = (_: object, line: string): void => void lines.push(line);
    await using server = await startHoldfastServer({
      env,
      opened: { store: openMemoryStore({ shop: 'main', clock: clock.now }) },
      clock: clock.now,
      payments: [
        {
          name: 'bank',
          read: (body) =>
            body === 'test'
              ? { ignored: 'a test' }
              : { orderId: body, outcome: 'paid', paymentReference: 'transfer-1' },
        },
      ],
      admit: async () => ({}),
      webhookSender: {
        problemOf: async () => null,
        deliver: async ({ body }) => {
          delivered.push((JSON.parse(body) as { type: string }).type);
          return { outcome: 'delivered', status: '200' };
        },
      },
      log: { info: note, warn: note, error: note },
    });
    const { holdfast, url } = server;
    const as = { caller: OPERATOR };
    const events = ['order.placed'] as const;
    yes(await holdfast.webhooks.create({ url: 'https://shop.example/hook', events: [...events] }, as));
    yes(await holdfast.stock.define({ sku: 'drop', protected: true }, as));
    yes(await holdfast.stock.receive({ sku: 'drop', quantity: 1 }, as));
    const ask = async (path: string, body: object | string): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json', ...headersOf({ session: 'shopper-of-the-test' }) };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(url + path, { method: 'POST', headers, body: text });
      expect(answer.status).toBe(200);
      return (await answer.json()) as Record<string, unknown>;
    };
    await ask('/api/v1/cart/lines', { sku: 'drop', quantity: 1 });
    const { orderId, createdAt } = await ask('/api/v1/orders/begin', { idempotencyKey: 'click-1' });
    expect(createdAt).toBe(1_000_000);
    expect(await ask('/payments/bank', String(orderId))).toEqual({ status: 'settled' });
    await expect.poll(() => delivered).toEqual(['order.placed']);
    await ask('/payments/bank', 'test');
    expect(lines).toEqual(['ignored: a test']);
  });

  test('names each wrong setting', async () => {
    const started = startHoldfastServer({ env: { PORT: 'x', CORS_ORIGINS: 'shop' } });
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(/^PORT must be .*; CORS_ORIGINS must be /);
  });
});
