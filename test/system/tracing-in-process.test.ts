import { context, trace } from '@opentelemetry/api';
import { node, tracing } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHoldfast, createHoldfastHandler, OPERATOR, openMemoryStore } from '../../src/index.ts';

const exporter = new tracing.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({
  spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
});

beforeAll(() => provider.register());
afterAll(async () => {
  trace.disable();
  context.disable();
  await provider.shutdown();
});

test('a shop in process adds its spans to the span that is active in the program around it', async () => {
  const store = openMemoryStore({ shop: 'main' });
  const holdfast = createHoldfast({ store });
  const handler = createHoldfastHandler(holdfast);
  const page = trace.getTracer('shop').startSpan('page');
  await context.with(trace.setSpan(context.active(), page), async () => {
    await holdfast.stock.define({ sku: 'cup' }, { caller: OPERATOR });
    await holdfast.stock.receive({ sku: 'cup', quantity: -1 }, { caller: { ...OPERATOR, requestId: 'page-1' } });
    const headers = { 'content-type': 'application/json', 'x-session-id': 'a-shopper-on-a-page' };
    const body = JSON.stringify({ json: { sku: 'cup', quantity: 1 } });
    await handler(new Request('http://shop/trpc/cart.add', { method: 'POST', headers, body }));
  });
  page.end();
  await holdfast.close();
  await store.close();
  const spans = exporter.getFinishedSpans();
  const idOf = (name: string) => spans.find((span) => span.name === name)?.spanContext().spanId;
  const parentOf = (name: string) => spans.find((span) => span.name === name)?.parentSpanContext?.spanId;
  const { traceId, spanId } = page.spanContext();
  expect([parentOf('stock.define'), parentOf('cart.add')]).toEqual([spanId, spanId]);
  expect(parentOf('mailbox')).toBe(idOf('stock.define'));
  const refused = spans.find(({ attributes }) => attributes['holdfast.refusal'] === 'insufficient_stock');
  expect(refused?.name).toBe('cart.add');
  expect(
    new Set(spans.filter(({ name }) => name !== 'expiry.cursor').map((span) => span.spanContext().traceId)),
  ).toEqual(new Set([traceId]));
});
