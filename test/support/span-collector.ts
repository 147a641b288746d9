import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { poll } from './poll.ts';

export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** 1 internal, 2 server, 4 producer. */
  kind: number;
  attributes: Record<string, unknown>;
  links: string[];
  /** Epoch nanoseconds. */
  from: bigint;
  to: bigint;
}

interface WireSpan extends Omit<CollectedSpan, 'attributes' | 'links' | 'from' | 'to'> {
  attributes: { key: string; value: Record<string, unknown> }[];
  links?: { spanId: string }[];
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

interface WireTraces {
  resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[];
}

/** A real collector on loopback: it receives OTLP over HTTP in JSON. */
export class SpanCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly #server = createServer((request, response) => this.#take(request, response));

  static async open(): Promise<SpanCollector> {
    const collector = new SpanCollector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  /** The environment of a process that sends its spans here, soon. */
  get environment(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
  }

  /** Resolves with the first span that matches. */
  got(wanted: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    return poll(() => this.spans.find(wanted), { describe: () => `spans: ${this.spans.map(({ name }) => name)}` });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as WireTraces;
      for (const { scopeSpans } of resourceSpans) {
        for (const { spans } of scopeSpans) this.spans.push(...spans.map(readSpan));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function readSpan(span: WireSpan): CollectedSpan {
  const { name, traceId, spanId, parentSpanId = '', kind, attributes, links = [] } = span;
  return {
    name,
    traceId,
    spanId,
    parentSpanId,
    kind,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    links: links.map((link) => link.spanId),
    from: BigInt(span.startTimeUnixNano),
    to: BigInt(span.endTimeUnixNano),
  };
}
