import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import type { Runtime } from '../runtime/runtime.ts';

const NAME = 'holdfast';

type TraceClock = Pick<Runtime, 'nowMs' | 'wallMs'>;

/** A call that waits in a mailbox, as a batch's trace needs it. */
export interface TracedCall {
  /** The span of the call; null if it has none. */
  readonly trace: Context | null;
  /** The SKU of its mailbox; null for the shop queue. */
  readonly address: string | null;
  /** When it was queued, by the monotonic clock of the process. */
  readonly since: number;
}

/** A call over HTTP. */
export interface TracedRequest {
  procedure: string;
  requestId: string;
  /** The context of the parent span. */
  parent: Context;
}

/** An attempt to deliver a webhook. */
interface TracedDelivery {
  type: string;
  eventId: string;
  endpointId: string;
  /** The number of the attempt; the first is 1. */
  attempt: number;
  /** The request id of the call that caused the event. */
  requestId?: string;
  traceparent?: string;
}

/** A span that has begun, and the context for what belongs to it. */
export class OpenSpan {
  readonly #span: Span;
  readonly context: Context;

  constructor(span: Span, parent: Context) {
    this.#span = span;
    this.context = trace.setSpan(parent, span);
  }

  get link(): Link {
    return { context: this.#span.spanContext() };
  }

  /** Ends the span of a call with what its caller receives: `ok`, or the reason of the refusal and its status. */
  answered(outcome: string, httpStatus: number): void {
    this.#span.setAttribute('http.response.status_code', httpStatus);
    if (outcome !== 'ok') this.#span.setAttribute('holdfast.refusal', outcome);
    if (httpStatus >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    this.#span.end();
  }

  /** Ends the span of an attempt to deliver a webhook. `status` is the HTTP status, or a word for the failure. */
  delivered(outcome: string, status: string): void {
    this.#span.setAttributes({ 'holdfast.webhook.outcome': outcome, 'holdfast.webhook.status': status });
    if (outcome === 'failed') this.#span.setStatus({ code: SpanStatusCode.ERROR, message: status });
    this.#span.end();
  }

  end(attributes: Attributes = {}): void {
    this.#span.setAttributes(attributes);
    this.#span.end();
  }

  /** Ends the span of work that has failed. The error itself may have personal data, so only its name is kept. */
  fail(error: unknown): void {
    const name = error instanceof Error ? error.name : 'Error';
    this.#span.setAttribute('error.type', name);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: name });
    this.#span.end();
  }
}

/**
 * Creates the spans of a shop with the tracer provider that the process has. The context of a call is passed from
 * function to function, because a call is composed and sent in turns of the event loop that it shares with many other
 * calls.
 */
export class Tracing {
  readonly #tracer: Tracer;
  readonly #clock: TraceClock;
  readonly #arrivals = new WeakMap<object, Context>();

  constructor(tracer: Tracer, clock: TraceClock) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  /** Remembers the span within which a request has arrived, if the program around this one has begun one. */
  arrived(incoming: object): void {
    const active = context.active();
    if (trace.getSpan(active)) this.#arrivals.set(incoming, active);
  }

  /**
   * Returns the parent of a request's span: the span within which the request arrived, or that of its `traceparent`.
   */
  parentOf(incoming: { headers: IncomingHttpHeaders }): Context {
    return this.#arrivals.get(incoming) ?? propagation.extract(ROOT_CONTEXT, incoming.headers);
  }

  /** Begins the span of a procedure over HTTP. */
  request({ procedure, requestId, parent }: TracedRequest): OpenSpan {
    const attributes = { 'rpc.method': procedure, 'holdfast.request_id': requestId };
    return this.#open(procedure, { kind: SpanKind.SERVER, attributes }, parent);
  }

  /** Begins the span of a call in this process, within the span that is active. */
  call(procedure: string, requestId: string | undefined): OpenSpan {
    const attributes = {
      'rpc.method': procedure,
      ...(requestId !== undefined && { 'holdfast.request_id': requestId }),
    };
    return this.#open(procedure, { attributes }, context.active());
  }

  /** Records how long the store takes for a read of a call. Settles like `work`. */
  reading<T>(parent: Context, work: Promise<T>): Promise<T> {
    return endAfter(this.#open('store.read', {}, parent), work);
  }

  /** Records how long the store takes for a batch, and ends the span of the batch. Settles like `work`. */
  applying<T>(batch: OpenSpan, work: Promise<T>): Promise<T> {
    return endAfter(batch, endAfter(this.#open('store.apply', {}, batch.context), work));
  }

  /**
   * Begins the span of a batch, and records how long each of its calls has waited. The batch is a part of its first
   * traced call; the others are linked with it in both directions. Returns null if no call is recorded.
   */
  batch(calls: readonly TracedCall[]): OpenSpan | null {
    const traced = calls.filter(({ trace: own }) => isSampled(own));
    const parent = traced[0]?.trace;
    if (!parent) return null;
    const links = traced.slice(1).flatMap((call) => linkTo(call.trace));
    const batch = this.#open('batch', { links, attributes: { 'holdfast.batch.calls': calls.length } }, parent);
    for (const call of traced) this.#waited(call, call.trace === parent ? [] : [batch.link]);
    return batch;
  }

  /** Begins the span of one attempt to deliver a webhook, which is a part of the call that caused the event. */
  delivery({ type, eventId, endpointId, attempt, requestId, traceparent }: TracedDelivery): OpenSpan {
    const attributes = {
      'holdfast.webhook.id': eventId,
      'holdfast.webhook.endpoint': endpointId,
      'holdfast.webhook.attempt': attempt,
      ...(requestId !== undefined && { 'holdfast.request_id': requestId }),
    };
    return this.#open(`webhook ${type}`, { kind: SpanKind.PRODUCER, attributes }, contextOf(traceparent));
  }

  /** Uses the wall clock, as the SDK does for the start of each other span. */
  #waited({ trace: parent, address, since }: TracedCall, links: Link[]): void {
    const attributes = { 'holdfast.mailbox': address ?? 'shop' };
    const now = this.#clock.wallMs();
    const options = { startTime: now - (this.#clock.nowMs() - since), links, attributes };
    this.#tracer.startSpan('mailbox', options, parent ?? ROOT_CONTEXT).end(now);
  }

  #open(name: string, options: Parameters<Tracer['startSpan']>[1], parent: Context): OpenSpan {
    return new OpenSpan(this.#tracer.startSpan(name, options, parent), parent);
  }
}

async function endAfter<T>(span: OpenSpan, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  }
}

/** Returns the tracing of this process; null if no tracer provider is registered. Calls then cost nothing more. */
export function openTracing(clock: TraceClock): Tracing | null {
  const provider: TracerProvider & { getDelegateTracer?: (name: string) => Tracer | undefined } =
    trace.getTracerProvider();
  // The API's own provider delegates to the registered one. Without a registered one it has no tracer.
  const tracer = provider.getDelegateTracer ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
  return tracer ? new Tracing(tracer, clock) : null;
}

/**
 * Returns W3C's `traceparent` of a sampled span. Returns undefined for any other span, because its children are not
 * recorded either.
 */
export function traceparentOf(own: Context | null | undefined): string | undefined {
  const span = own && trace.getSpanContext(own);
  if (!span || (span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

const isSampled = (own: Context | null): boolean => traceparentOf(own) !== undefined;

const linkTo = (own: Context | null): Link[] => {
  const span = own && trace.getSpanContext(own);
  return span ? [{ context: span }] : [];
};

/** Returns the context of a `traceparent` that this program has stored. One that is not valid begins a new trace. */
function contextOf(traceparent = ''): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const span: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, span);
}
