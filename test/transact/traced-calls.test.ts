import { type Context, ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { node, tracing as sdk } from '@opentelemetry/sdk-node';
import { afterEach, expect, test } from 'vitest';
import { ok, refuse } from '../../src/contract/calls/call.ts';
import { Tracing } from '../../src/transact/tracing.ts';
import { receive } from '../support/transactions.ts';
import { composed, mutation, transactorBench, UNITS } from '../support/transactor-bench.ts';

const exporter = new sdk.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] });
const bench = async () => {
  const clock = { nowMs: () => 0, wallMs: () => 0 };
  const opened = await transactorBench({ tracing: new Tracing(provider.getTracer('test'), clock) });
  exporter.reset();
  return opened;
};
afterEach(() => exporter.reset());

/** The finished spans by name, each with the name of its parent. */
function spans() {
  const all = exporter.getFinishedSpans();
  const nameOf = new Map(all.map((span) => [span.spanContext().spanId, span.name]));
  return Object.fromEntries(
    all.map(({ name, parentSpanContext, attributes, status }) => [
      name,
      {
        parent: parentSpanContext && (nameOf.get(parentSpanContext.spanId) ?? 'its caller'),
        attributes,
        isError: status.code === SpanStatusCode.ERROR,
      },
    ]),
  );
}

test('a call of this process has a span, and its read, its wait and its batch are parts of it', async () => {
  const { transactor, memory } = await bench();
  const caller = { ...mutation().call.caller, requestId: 'r-1' };
  expect(await transactor.run(mutation({ procedure: 'stock.receive', call: { caller } }))).toEqual(ok('done A'));
  const call = { 'rpc.method': 'stock.receive', 'holdfast.request_id': 'r-1' };
  expect(spans()).toEqual({
    'store.read': { parent: 'stock.receive', attributes: {}, isError: false },
    mailbox: { parent: 'stock.receive', attributes: { 'holdfast.mailbox': 'A' }, isError: false },
    batch: { parent: 'stock.receive', attributes: { 'holdfast.batch.calls': 1 }, isError: false },
    'store.apply': { parent: 'batch', attributes: {}, isError: false },
    'stock.receive': { parent: undefined, attributes: call, isError: false },
  });
  const [entry] = (await memory.feed({ after: null, limit: 10 })).slice(-1);
  const root = exporter.getFinishedSpans().find(({ name }) => name === 'stock.receive');
  expect(JSON.stringify(entry)).toContain(root?.spanContext().traceId);
});

test('the span of a call has the reason of its refusal, or the name of its error', async () => {
  const { transactor } = await bench();
  const refusal = { reason: 'conflict', meta: {} } as const;
  expect(await transactor.run(mutation({ procedure: 'refused', compose: () => ({ refusal }) }))).toEqual(
    refuse(refusal),
  );
  const bug = new TypeError('a bug');
  const broken = mutation({
    procedure: 'broken',
    compose: () => {
      throw bug;
    },
  });
  await expect(transactor.run(broken)).rejects.toBe(bug);
  expect(spans()).toMatchObject({
    refused: { attributes: { 'holdfast.refusal': 'conflict' }, isError: false },
    broken: { attributes: { 'error.type': 'TypeError' }, isError: true },
  });
});

test('a call that has come with a span has no other, and one that is not recorded has none', async () => {
  const { transactor, onHand } = await bench();
  const outer = provider.getTracer('test').startSpan('page');
  const within = (own: Context) => mutation({ call: { caller: { ...mutation().call.caller, trace: own } } });
  await transactor.run(within(trace.setSpan(ROOT_CONTEXT, outer)));
  expect(spans()).toMatchObject({
    'store.read': { parent: 'its caller' },
    mailbox: { parent: 'its caller' },
    batch: { parent: 'its caller' },
    'store.apply': { parent: 'batch' },
  });
  expect(Object.keys(spans())).toHaveLength(4);
  exporter.reset();
  const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.NONE };
  await transactor.run(within(trace.setSpanContext(ROOT_CONTEXT, context)));
  expect(spans()).toEqual({});
  expect(await onHand()).toBe(UNITS + 2);
});

test('a call that waits uncomposed has its wait in the span of its mailbox', async () => {
  const { transactor } = await bench();
  const unread = (address: string | null) =>
    mutation({ unread: () => ({ address, steps: 1 }), compose: () => composed(receive('A', 1)) });
  await transactor.run(unread(null));
  expect(spans()).toMatchObject({ mailbox: { parent: 'test', attributes: { 'holdfast.mailbox': 'shop' } } });
  await transactor.run(unread('B'));
  expect(spans()).toMatchObject({ mailbox: { parent: 'test', attributes: { 'holdfast.mailbox': 'B' } } });
});
