import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { node, tracing as sdk } from '@opentelemetry/sdk-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openTracing, Tracing, traceparentOf } from '../../src/transact/tracing.ts';

const WALL_MS = 1_750_000_000_000;
const clock = { nowMs: () => 500, wallMs: () => WALL_MS };
const exporter = new sdk.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] });
const tracing = new Tracing(provider.getTracer('test'), clock);

beforeAll(() => provider.register());
afterEach(() => exporter.reset());
afterAll(async () => {
  for (const api of [trace, context, propagation]) api.disable();
  await provider.shutdown();
});

const spans = () =>
  exporter.getFinishedSpans().map(({ name, kind, attributes, status, parentSpanContext, links }) => ({
    name,
    kind,
    attributes,
    status: status.code === SpanStatusCode.ERROR ? status.message : 'ok',
    parent: parentSpanContext?.spanId,
    links: links.map((link) => link.context.spanId),
  }));
const idOf = (own: Parameters<typeof trace.getSpanContext>[0]) => trace.getSpanContext(own)?.spanId;
const UNSAMPLED = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: TraceFlags.NONE,
});

test('a call over HTTP has the outcome that its caller receives', () => {
  const begin = () => tracing.request({ procedure: 'cart.add', requestId: 'r-1', parent: ROOT_CONTEXT });
  begin().answered('ok', 200);
  begin().answered('insufficient_stock', 409);
  begin().answered('internal', 500);
  const call = { 'rpc.method': 'cart.add', 'holdfast.request_id': 'r-1' };
  const common = { name: 'cart.add', kind: SpanKind.SERVER, parent: undefined, links: [] };
  const code = (status: number) => ({ ...call, 'http.response.status_code': status });
  expect(spans()).toEqual([
    { ...common, attributes: code(200), status: 'ok' },
    { ...common, attributes: { ...code(409), 'holdfast.refusal': 'insufficient_stock' }, status: 'ok' },
    { ...common, attributes: { ...code(500), 'holdfast.refusal': 'internal' }, status: 'internal' },
  ]);
});

test('a request is a part of the span in which it arrived, or else of its traceparent', () => {
  const page = trace.getTracer('shop').startSpan('page');
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  const [inside, outside] = [{ headers: { traceparent } }, { headers: { traceparent } }];
  context.with(trace.setSpan(ROOT_CONTEXT, page), () => tracing.arrived(inside));
  tracing.arrived(outside);
  expect(idOf(tracing.parentOf(inside))).toBe(page.spanContext().spanId);
  expect(idOf(tracing.parentOf(outside))).toBe('2'.repeat(16));
  expect(idOf(tracing.parentOf({ headers: {} }))).toBeUndefined();
});

test('a call in this process is a part of the active span, and fails with the name of its error alone', () => {
  const page = trace.getTracer('shop').startSpan('page');
  context.with(trace.setSpan(ROOT_CONTEXT, page), () => tracing.call('stock.define', 'r-2')).end({ more: 1 });
  tracing.call('stock.define', undefined).fail(new RangeError('a name and an address'));
  tracing.call('stock.define', undefined).fail('a text');
  const common = { name: 'stock.define', kind: SpanKind.INTERNAL, links: [] };
  const method = { 'rpc.method': 'stock.define' };
  const failed = (name: string) => ({ attributes: { ...method, 'error.type': name }, status: name, parent: undefined });
  expect(spans()).toEqual([
    {
      ...common,
      attributes: { ...method, 'holdfast.request_id': 'r-2', more: 1 },
      status: 'ok',
      parent: page.spanContext().spanId,
    },
    { ...common, ...failed('RangeError') },
    { ...common, ...failed('Error') },
  ]);
});

test('reads and batches of the store are spans of their own, which settle like the work', async () => {
  const call = tracing.call('cart.add', undefined);
  expect(await tracing.reading(call.context, Promise.resolve('read'))).toBe('read');
  const batch = tracing.call('batch', undefined);
  expect(await tracing.applying(batch, Promise.resolve('applied'))).toBe('applied');
  const error = new TypeError('no store');
  await expect(tracing.applying(tracing.call('batch', undefined), Promise.reject(error))).rejects.toBe(error);
  expect(spans().map(({ name, status }) => [name, status])).toEqual([
    ['store.read', 'ok'],
    ['store.apply', 'ok'],
    ['batch', 'ok'],
    ['store.apply', 'TypeError'],
    ['batch', 'TypeError'],
  ]);
  expect(spans()[0]?.parent).toBe(idOf(call.context));
  expect(spans()[1]?.parent).toBe(idOf(batch.context));
});

test('a batch is a part of its first recorded call, linked with the others, and each has its wait', () => {
  const [first, second] = [tracing.call('cart.add', undefined), tracing.call('cart.add', undefined)];
  const calls = [
    { trace: null, address: 'A', since: 0 },
    { trace: UNSAMPLED, address: 'A', since: 0 },
    { trace: first.context, address: 'A', since: 480 },
    { trace: second.context, address: null, since: 400 },
  ];
  const batch = tracing.batch(calls);
  batch?.end();
  const [firstId, secondId, batchId] = [first, second, batch!].map((span) => idOf(span.context));
  const wait = { name: 'mailbox', kind: SpanKind.INTERNAL, status: 'ok' };
  expect(spans()).toEqual([
    { ...wait, attributes: { 'holdfast.mailbox': 'A' }, parent: firstId, links: [] },
    { ...wait, attributes: { 'holdfast.mailbox': 'shop' }, parent: secondId, links: [batchId] },
    { ...wait, name: 'batch', attributes: { 'holdfast.batch.calls': 4 }, parent: firstId, links: [secondId] },
  ]);
  const [, wide] = exporter.getFinishedSpans();
  const at = (ms: number) => [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
  expect([wide?.startTime, wide?.endTime]).toEqual([at(WALL_MS - 100), at(WALL_MS)]);
  expect(tracing.batch(calls.slice(0, 2))).toBeNull();
});

test('an attempt to deliver a webhook is a part of the call that caused the event', () => {
  const delivery = { type: 'order.placed', eventId: 'evt_1', endpointId: 'whk_1', attempt: 2 };
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  tracing.delivery({ ...delivery, requestId: 'r-3', traceparent }).delivered('delivered', '200');
  tracing.delivery(delivery).delivered('failed', 'timeout');
  tracing.delivery({ ...delivery, traceparent: 'not a traceparent' }).delivered('failed', '500');
  expect(exporter.getFinishedSpans().map((span) => span.parentSpanContext?.isRemote)).toEqual([
    true,
    undefined,
    undefined,
  ]);
  const common = { name: 'webhook order.placed', kind: SpanKind.PRODUCER, links: [] };
  const attempt = {
    'holdfast.webhook.id': 'evt_1',
    'holdfast.webhook.endpoint': 'whk_1',
    'holdfast.webhook.attempt': 2,
  };
  const outcome = (name: string, status: string) => ({
    'holdfast.webhook.outcome': name,
    'holdfast.webhook.status': status,
  });
  expect(spans()).toEqual([
    {
      ...common,
      attributes: { ...attempt, 'holdfast.request_id': 'r-3', ...outcome('delivered', '200') },
      status: 'ok',
      parent: '2'.repeat(16),
    },
    {
      ...common,
      attributes: { ...attempt, ...outcome('failed', 'timeout') },
      status: 'timeout',
      parent: undefined,
    },
    { ...common, attributes: { ...attempt, ...outcome('failed', '500') }, status: '500', parent: undefined },
  ]);
});

test('a traceparent is written for sampled spans alone', () => {
  const span = tracing.call('cart.add', undefined);
  expect(traceparentOf(span.context)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect([traceparentOf(null), traceparentOf(ROOT_CONTEXT), traceparentOf(UNSAMPLED)]).toEqual(
    Array(3).fill(undefined),
  );
});

test('there is no tracing without a tracer provider', () => {
  expect(openTracing(clock)).toBeInstanceOf(Tracing);
  trace.disable();
  expect(openTracing(clock)).toBeNull();
});
