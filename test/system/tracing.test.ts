import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpCaller } from '../support/http-caller.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type CollectedSpan, SpanCollector } from '../support/span-collector.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
/** The SDK takes the start of a span from the wall clock, which has milliseconds. */
const ROUNDING_NS = 2_000_000n;
const SHOPPER_SPAN = 'b7ad6b7169203331';

describe('a server that sends its spans to a collector', () => {
  let collector: SpanCollector;
  let receiver: WebhookReceiver;
  let server: ServerProcess;
  beforeAll(async () => {
    [collector, receiver] = [await SpanCollector.open(), await WebhookReceiver.open()];
    server = await startServerProcess({ ...collector.environment, WEBHOOK_ALLOW_PRIVATE: 'yes' });
    const operator = new HttpCaller(server.url).asOperator();
    await operator.mutate('stock.define', { sku: 'cup' });
    await operator.mutate('stock.receive', { sku: 'cup', quantity: 1_000 });
    const created = await operator.mutate('webhooks.create', { url: receiver.url, events: ['order.placed'] });
    if (created.ok) receiver.secret = created.value.secret;
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  const call = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-session-id': 'a-traced-shopper', ...headers },
      body: JSON.stringify(body),
    });
  const spanOf = (requestId: string): Promise<CollectedSpan> =>
    collector.got(({ kind, attributes }) => kind === 2 && attributes['holdfast.request_id'] === requestId);
  const childOf = (parent: CollectedSpan, name: string): Promise<CollectedSpan> =>
    collector.got((span) => span.parentSpanId === parent.spanId && span.name === name);

  test('continues the trace of a cart.add through mailbox, batch and store', async () => {
    const traceparent = `00-${TRACE}-${SHOPPER_SPAN}-01`;
    const add = { json: { sku: 'cup', quantity: 2 } };
    const answer = await call('/trpc/cart.add', add, { traceparent, 'x-request-id': 'adding-1' });
    expect(answer.status).toBe(200);
    const span = await spanOf('adding-1');
    expect(span).toMatchObject({ name: 'cart.add', traceId: TRACE, parentSpanId: SHOPPER_SPAN });
    expect(span.attributes).toMatchObject({ 'rpc.method': 'cart.add', 'http.response.status_code': 200 });
    const [mailbox, batch] = [await childOf(span, 'mailbox'), await childOf(span, 'batch')];
    const store = await childOf(batch, 'store.apply');
    expect(mailbox.attributes).toEqual({ 'holdfast.mailbox': 'cup' });
    expect(new Set([mailbox, batch, store].map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    for (const part of [mailbox, batch, store]) {
      expect(part.from).toBeGreaterThanOrEqual(span.from - ROUNDING_NS);
      expect(part.to).toBeLessThanOrEqual(span.to + ROUNDING_NS);
    }
  });

  test('names the reason of a refusal', async () => {
    const add = { json: { sku: 'cup', quantity: 9_000 } };
    await call('/trpc/cart.add', add, { 'x-request-id': 'refused-1' });
    expect((await spanOf('refused-1')).attributes).toMatchObject({
      'holdfast.refusal': 'insufficient_stock',
      'http.response.status_code': 409,
    });
  });

  test('continues the trace of an order over REST to the receiver of its webhook', async () => {
    const items = [{ sku: 'cup', quantity: 1 }];
    const headers = { 'x-request-id': 'buying-1', 'idempotency-key': 'order-1', 'x-session-id': 'a-buying-shopper' };
    expect((await call('/api/v1/orders/checkout', { items }, headers)).status).toBe(200);
    const span = await spanOf('buying-1');
    expect(span).toMatchObject({ name: 'checkout.place', parentSpanId: '' });
    await childOf(span, 'store.read');
    const delivery = await childOf(span, 'webhook order.placed');
    expect(delivery).toMatchObject({ traceId: span.traceId, kind: 4 });
    await receiver.got(1);
    const [received] = receiver.received;
    expect(received?.traceparent).toBe(`00-${span.traceId}-${delivery.spanId}-01`);
    expect(received?.payload.data['requestId']).toBe('buying-1');
    expect(delivery.attributes).toMatchObject({
      'holdfast.request_id': 'buying-1',
      'holdfast.webhook.outcome': 'delivered',
      'holdfast.webhook.attempt': 1,
    });
  });

  test('links a batch with every call in it', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `shopper-of-a-crowd-${index}`);
    const add = { json: { sku: 'cup', quantity: 1 } };
    await Promise.all(ids.map((id) => call('/trpc/cart.add', add, { 'x-request-id': id, 'x-session-id': id })));
    const spans = await Promise.all(ids.map(spanOf));
    const mailboxes = await Promise.all(spans.map((span) => childOf(span, 'mailbox')));
    const batches = collector.spans.filter(({ name }) => name === 'batch');
    const shared = batches.filter(({ links }) => links.length > 0);
    expect(shared.length).toBeGreaterThan(0);
    for (const [index, span] of spans.entries()) {
      const own = batches.find(({ parentSpanId }) => parentSpanId === span.spanId);
      const linked = batches.find(({ links }) => links.includes(span.spanId));
      expect([own, linked].filter(Boolean)).toHaveLength(1);
      expect(mailboxes[index]?.links).toEqual(linked ? [linked.spanId] : []);
    }
  });
});
