import type { IncomingMessage, ServerResponse } from 'node:http';
import { REST_PREFIX } from '../../contract/rest-paths.ts';
import { refusalHeaders, WIRE, type WireRefusal } from '../../contract/wire-refusals.ts';
import { corsOf } from '../listener/cross-origin.ts';
import { answerHeaders } from '../listener/http-server.ts';
import { restError, trpcErrorBody } from '../listener/refusal-answer.ts';

/** How long clients should wait before they retry. */
const RETRY_AFTER_MS = 1_000;
const REFUSAL: WireRefusal = { reason: 'overloaded', meta: { retryAfterMs: RETRY_AFTER_MS } };
const STATUS = WIRE.overloaded.httpStatus;
const RETRY_AFTER = refusalHeaders([REFUSAL])['retry-after'] ?? '';
const TRPC_BODY = trpcErrorBody(REFUSAL, '');

/** Answers shed requests with as little work as possible. */
export class ShedAnswer {
  readonly #corsFor: ReturnType<typeof corsOf>;

  constructor(corsOrigins: readonly string[]) {
    this.#corsFor = corsOf(corsOrigins);
  }

  send(incoming: IncomingMessage, outgoing: ServerResponse, requestId: string): void {
    const isRest = incoming.url?.startsWith(REST_PREFIX);
    const body = isRest ? JSON.stringify(restError(REFUSAL, requestId)) : TRPC_BODY;
    const { exposed, vary } = this.#corsFor(incoming.headers.origin ?? '');
    const headers = answerHeaders(requestId);
    for (const [name, value] of exposed) headers.push(name, value);
    headers.push('content-type', 'application/json', 'retry-after', RETRY_AFTER, 'vary', vary);
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    outgoing.writeHead(STATUS, headers).end(body);
  }
}
