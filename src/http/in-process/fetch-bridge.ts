import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import type { Log } from '../../transact/log.ts';
import { ShedAnswer } from '../admission/shed-answer.ts';
import { DRAIN_MAX_MS, type Handle, type HttpAnswer, pathOf } from '../listener/http-server.ts';
import { requestIdOf } from '../listener/request-id.ts';
import { IncomingRequest } from './incoming-request.ts';
import { OutgoingResponse } from './outgoing-response.ts';
import { RequestSocket } from './request-socket.ts';
import { NOT_FOUND } from '../listener/refusal-answer.ts';

const CLOSED: WireRefusal = { reason: 'store_unavailable', meta: {} };
const BODY_WAS_READ =
  'the body of a request was read before it reached the handler: call the handler before any parser of bodies, and with the request itself';

export interface FetchBridgeOptions {
  handle: Handle;
  /** Empty, or a path without a slash at its end, which is removed from the paths of requests. */
  basePath: string;
  corsOrigins: readonly string[];
  /** Returns the address of a request's client; null or undefined if it is unknown. */
  clientOf: (request: Request) => string | null | undefined;
  /** Called for each answer that was sent, or whose client has disconnected. */
  observe: (answer: HttpAnswer) => void;
  log: Log;
}

/**
 * Passes a `Request` to the code that answers the requests of Node's HTTP server, and returns its answer as a
 * `Response`. So both have the same limits, refusals, headers and streams.
 */
export class FetchBridge {
  readonly #options: FetchBridgeOptions;
  readonly #refusals: ShedAnswer;
  readonly #unanswered = new Set<OutgoingResponse>();
  #isClosed = false;
  #hasWarned = false;

  constructor(options: FetchBridgeOptions) {
    this.#options = options;
    this.#refusals = new ShedAnswer(options.corsOrigins);
  }

  get inFlight(): number {
    return this.#unanswered.size;
  }

  /** Returns the answer. Never rejects. */
  readonly fetch = (request: Request): Promise<Response> => {
    const start = performance.now();
    const url = new URL(request.url);
    const isRead = request.bodyUsed || request.body?.locked === true;
    const socket = new RequestSocket({ remoteAddress: this.#clientOf(request), encrypted: url.protocol === 'https:' });
    const path = this.#pathIn(url.pathname);
    const target = (path ?? url.pathname) + url.search;
    const incoming = new IncomingRequest(isRead ? withoutBody(request) : request, { host: url.host, target, socket });
    const outgoing = new OutgoingResponse(incoming);
    const requestId = requestIdOf(incoming);
    this.#watchOver(request, outgoing, { start, requestId });
    if (this.#isClosed) this.#refuse(outgoing, requestId, CLOSED);
    else if (path === null) this.#refuse(outgoing, requestId, NOT_FOUND);
    else if (isRead) this.#fail(outgoing, requestId, new TypeError(BODY_WAS_READ));
    else this.#handle(outgoing, requestId);
    return outgoing.response;
  };

  /** Refuses further requests. Resolves when those in flight have been answered, or after 8 seconds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const outgoing of this.#unanswered) if (outgoing.isEventStream) endEvents(outgoing);
    const until = performance.now() + DRAIN_MAX_MS;
    while (this.#unanswered.size > 0 && performance.now() < until) await sleep(5);
    for (const outgoing of this.#unanswered) outgoing.destroy();
  }

  #handle(outgoing: OutgoingResponse, requestId: string): void {
    const fail = (error: unknown): void => this.#fail(outgoing, requestId, error);
    try {
      const { incoming, response } = asNode(outgoing);
      const result = this.#options.handle(incoming, response, requestId);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #watchOver(request: Request, outgoing: OutgoingResponse, { start, requestId }: { start: number; requestId: string }) {
    const { signal } = request;
    const abort = (): void => void outgoing.destroy();
    this.#unanswered.add(outgoing);
    outgoing.once('close', () => {
      signal.removeEventListener('abort', abort);
      this.#unanswered.delete(outgoing);
      const { method, url, isBodyShort } = outgoing.req;
      if (isBodyShort) this.#options.log.warn({ requestId }, BODY_WAS_READ);
      const answer = { requestId, method, path: pathOf(url), status: outgoing.statusCode };
      this.#options.observe({ ...answer, ms: performance.now() - start, isStream: outgoing.isEventStream });
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }

  /** Returns a path without the base path; null for one outside of it. */
  #pathIn(path: string): string | null {
    const { basePath, log } = this.#options;
    if (path.startsWith(`${basePath}/`)) return path.slice(basePath.length);
    if (path === basePath) return '/';
    if (!this.#hasWarned) log.warn({ basePath }, 'requests outside of the base path are answered with 404');
    this.#hasWarned = true;
    return null;
  }

  /** Returns undefined, and logs the error, if the function of the shop throws. */
  #clientOf(request: Request): string | undefined {
    try {
      const address = this.#options.clientOf(request);
      return typeof address === 'string' ? address : undefined;
    } catch (error) {
      this.#options.log.error({ err: error }, 'clientOf has thrown: the client of a request is unknown');
      return undefined;
    }
  }

  #fail(outgoing: OutgoingResponse, requestId: string, error: unknown): void {
    this.#options.log.error({ err: error, requestId }, 'a request failed outside of any call');
    if (outgoing.headersSent) outgoing.destroy();
    else this.#refuse(outgoing, requestId, { reason: 'internal', meta: { requestId } });
  }

  #refuse(outgoing: OutgoingResponse, requestId: string, refusal: WireRefusal): void {
    const { incoming, response } = asNode(outgoing);
    this.#refusals.send(incoming, response, requestId, refusal);
  }
}

/** The HTTP code uses only what both classes have. */
const asNode = (outgoing: OutgoingResponse): { incoming: IncomingMessage; response: ServerResponse } => ({
  incoming: outgoing.req as unknown as IncomingMessage,
  response: outgoing as unknown as ServerResponse,
});

/** Subscriptions do not end by themselves. */
const endEvents = (outgoing: OutgoingResponse): void => {
  if (outgoing.writableNeedDrain) outgoing.destroy();
  else outgoing.end();
};

const withoutBody = ({ url, headers, signal }: Request): Request => new Request(url, { headers, signal });
