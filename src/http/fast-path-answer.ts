import type { IncomingMessage, ServerResponse } from 'node:http';
import { getTRPCErrorFromUnknown } from '@trpc/server';
import { type ApiServices, type CallSource, createContext } from '../api/callers/context.ts';
import { spanOf } from '../api/procedures.ts';
import type { OpenSpan } from '../transact/tracing.ts';
import { serverTransformer } from '../api/transformer.ts';
import { refusalOf } from '../api/wire-errors.ts';
import { refusalHeaders, type Reason, wireRow } from '../contract/calls/wire-refusals.ts';
import type { corsOf } from './listener/cross-origin.ts';
import type { Clients } from './listener/clients.ts';
import type { OnFailure } from './listener/failure-log.ts';
import { limitHeaders } from './listener/limit-headers.ts';
import { answerHeaders } from './listener/http-server.ts';
import { trpcErrorBody } from './listener/refusal-answer.ts';
import type { RunProcedure } from './trpc-procedure-runner.ts';

export interface FastPathShared {
  services: ApiServices;
  onFailure: OnFailure;
  clients: Clients;
  corsFor: ReturnType<typeof corsOf>;
}

const NO_HEADERS: ReturnType<typeof refusalHeaders> = {};
const { serialize } = serverTransformer.output;

export class FastPathAnswer {
  readonly #shared: FastPathShared;
  readonly #path: string;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #requestId: string;
  readonly #start = performance.now();
  #from: CallSource | null = null;
  #span: OpenSpan | null = null;

  constructor(
    shared: FastPathShared,
    path: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
  ) {
    this.#shared = shared;
    this.#path = path;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#requestId = requestId;
  }

  /** Runs the procedure and sends its answer. Returns a promise if the procedure does. The promise never rejects. */
  begin(run: RunProcedure, input: unknown): Promise<void> | undefined {
    const { authorization = null, 'x-session-id': sessionId } = this.#incoming.headers;
    const { services, clients } = this.#shared;
    const client = clients.of(this.#incoming);
    const parent = services.tracing?.parentOf(this.#incoming) ?? null;
    const origin = { requestId: this.#requestId, connection: this.#incoming.socket, client, parent };
    this.#from = origin;
    const credentials = { sessionId: (sessionId as string | undefined) ?? null, authorization };
    let data: unknown;
    try {
      const ctx = createContext(services, credentials, origin);
      this.#from = ctx;
      this.#span = spanOf(ctx, this.#path);
      if (this.#span) ctx.trace = this.#span.context;
      data = run(ctx, input);
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
    if (data instanceof Promise) return data.then(this.#succeed, this.#refuse);
    this.#succeed(data);
    return undefined;
  }

  readonly #succeed = (data: unknown): void => {
    this.#observe('ok', 200);
    let body: string;
    try {
      body = JSON.stringify({ result: { data: serialize(data) } });
    } catch (error) {
      return this.#fail(error);
    }
    this.#send(200, body, NO_HEADERS);
  };

  readonly #refuse = (error: unknown): void => {
    const refusal = refusalOf(error, this.#requestId);
    this.#observe(refusal.reason, wireRow(refusal).httpStatus);
    this.#fail(error);
  };

  #fail(error: unknown): void {
    const refusal = refusalOf(error, this.#requestId);
    const { reason } = refusal;
    const failure = { error: getTRPCErrorFromUnknown(error), reason, requestId: this.#requestId, path: this.#path };
    this.#shared.onFailure(failure);
    this.#send(
      wireRow(refusal).httpStatus,
      trpcErrorBody(refusal, this.#path, this.#requestId),
      refusalHeaders([refusal]),
    );
  }

  #observe(outcome: 'ok' | Reason, httpStatus: number): void {
    const from = this.#from ?? { requestId: this.#requestId, client: undefined };
    this.#shared.services.observeCall({ path: this.#path, outcome, ms: performance.now() - this.#start, from });
    this.#span?.answered(outcome, httpStatus);
  }

  #send(status: number, body: string, refused: ReturnType<typeof refusalHeaders>): void {
    const { exposed, vary } = this.#shared.corsFor(this.#incoming.headers.origin ?? '');
    // One array for `writeHead` is cheaper than `setHeader`, which first builds a table.
    const headers = answerHeaders(this.#requestId);
    for (const [name, value] of exposed) headers.push(name, value);
    headers.push('content-type', 'application/json');
    // The order is that of the adapter.
    if (refused['retry-after'] !== undefined) headers.push('retry-after', refused['retry-after']);
    headers.push('vary', vary);
    if (refused['www-authenticate'] !== undefined) headers.push('www-authenticate', refused['www-authenticate']);
    headers.push(...limitHeaders(this.#outgoing));
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    this.#outgoing.writeHead(status, headers).end(body);
  }
}
