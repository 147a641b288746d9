import type { IncomingMessage, ServerResponse } from 'node:http';
import { getTRPCErrorFromUnknown } from '@trpc/server';
import { type ApiServices, contextOf } from '../api/context.ts';
import { serverTransformer } from '../api/transformer.ts';
import { refusalOf, wireError } from '../api/wire-errors.ts';
import { refusalHeaders, type Reason, wireRow } from '../contract/wire-refusals.ts';
import type { corsOf } from './listener/cross-origin.ts';
import type { OnFailure } from './listener/failure-log.ts';
import { answerHeaders } from './listener/http-server.ts';
import type { RunProcedure } from './procedure-run.ts';

/** What all answers share. */
export interface AnswerEdge {
  services: ApiServices;
  onFailure: OnFailure;
  corsFor: ReturnType<typeof corsOf>;
}

const NOT_REFUSED: ReturnType<typeof refusalHeaders> = {};
const { serialize } = serverTransformer.output;

/** One call on its way from its input to its answer. */
export class DirectAnswer {
  readonly #edge: AnswerEdge;
  readonly #path: string;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #requestId: string;
  readonly #start = performance.now();

  constructor(edge: AnswerEdge, path: string, incoming: IncomingMessage, outgoing: ServerResponse, requestId: string) {
    this.#edge = edge;
    this.#path = path;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#requestId = requestId;
  }

  /** Runs the procedure and sends its answer. Returns a promise where the procedure does, which never rejects. */
  begin(run: RunProcedure, input: unknown): Promise<void> | undefined {
    const { authorization = null, 'x-session-id': sessionId } = this.#incoming.headers;
    const { socket } = this.#incoming;
    const session = (sessionId as string | undefined) ?? null;
    let data: unknown;
    try {
      data = run(contextOf(this.#edge.services, session, authorization, this.#requestId, socket), input);
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
    if (data instanceof Promise) return data.then(this.#succeed, this.#refuse);
    this.#succeed(data);
    return undefined;
  }

  readonly #succeed = (data: unknown): void => {
    this.#observe('ok');
    let body: string;
    try {
      body = JSON.stringify({ result: { data: serialize(data) } });
    } catch (error) {
      return this.#fail(error);
    }
    this.#send(200, body, NOT_REFUSED);
  };

  readonly #refuse = (error: unknown): void => {
    this.#observe(refusalOf(error, this.#requestId).reason);
    this.#fail(error);
  };

  #fail(error: unknown): void {
    const refusal = refusalOf(error, this.#requestId);
    const { reason } = refusal;
    const failure = { error: getTRPCErrorFromUnknown(error), reason, requestId: this.#requestId, path: this.#path };
    this.#edge.onFailure(failure);
    const body = JSON.stringify({ error: serialize(wireError(refusal, this.#path)) });
    this.#send(wireRow(refusal).httpStatus, body, refusalHeaders([refusal]));
  }

  #observe(outcome: 'ok' | Reason): void {
    this.#edge.services.observeCall({ path: this.#path, outcome, ms: performance.now() - this.#start });
  }

  #send(status: number, body: string, refused: ReturnType<typeof refusalHeaders>): void {
    const { exposed, vary } = this.#edge.corsFor(this.#incoming.headers.origin ?? '');
    // In one array: set one by one, Node keeps a table of them first.
    const headers = answerHeaders(this.#requestId);
    for (const [name, value] of exposed) headers.push(name, value);
    headers.push('content-type', 'application/json');
    // In the order in which the adapter sends them.
    if (refused['retry-after'] !== undefined) headers.push('retry-after', refused['retry-after']);
    headers.push('vary', vary);
    if (refused['www-authenticate'] !== undefined) headers.push('www-authenticate', refused['www-authenticate']);
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    this.#outgoing.writeHead(status, headers).end(body);
  }
}
