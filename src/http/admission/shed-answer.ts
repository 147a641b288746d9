import type { IncomingMessage, ServerResponse } from 'node:http';
import { REST_PREFIX } from '../../contract/rest-paths.ts';
import { refusalHeaders, type WireRefusal, wireRow } from '../../contract/calls/wire-refusals.ts';
import { corsOf } from '../listener/cross-origin.ts';
import { limitHeaders } from '../listener/limit-headers.ts';
import { answerHeaders } from '../listener/http-server.ts';
import { restError, trpcErrorBody } from '../listener/refusal-answer.ts';

/** How long clients should wait before they retry. */
const RETRY_AFTER_MS = 1_000;
export const OVERLOADED: WireRefusal = { reason: 'overloaded', meta: { retryAfterMs: RETRY_AFTER_MS } };
/** The text around the request id. It is valid in JSON as it is. Sheds are cheap, so the rest is prepared. */
const [TRPC_BODY_BEGIN = '', TRPC_BODY_END = ''] = trpcErrorBody(OVERLOADED, '', '#').split('#');

/** Answers requests that no route handles, such as shed ones, with as little work as possible. */
export class ShedAnswer {
  readonly #corsFor: ReturnType<typeof corsOf>;

  constructor(corsOrigins: readonly string[]) {
    this.#corsFor = corsOf(corsOrigins);
  }

  send(incoming: IncomingMessage, outgoing: ServerResponse, requestId: string, refusal = OVERLOADED): void {
    const isRest = incoming.url?.startsWith(REST_PREFIX);
    const body = isRest ? JSON.stringify(restError(refusal, requestId)) : trpcBody(refusal, requestId);
    const { exposed, vary } = this.#corsFor(incoming.headers.origin ?? '');
    const headers = answerHeaders(requestId);
    for (const [name, value] of exposed) headers.push(name, value);
    headers.push('content-type', 'application/json');
    const retryAfter = refusalHeaders([refusal])['retry-after'];
    if (retryAfter !== undefined) headers.push('retry-after', retryAfter);
    headers.push('vary', vary);
    headers.push(...limitHeaders(outgoing));
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    outgoing.writeHead(wireRow(refusal).httpStatus, headers).end(body);
  }
}

const trpcBody = (refusal: WireRefusal, requestId: string): string =>
  refusal === OVERLOADED ? TRPC_BODY_BEGIN + requestId + TRPC_BODY_END : trpcErrorBody(refusal, '', requestId);
