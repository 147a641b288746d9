import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextTurn } from '../../runtime/pause.ts';
import { answerClientError } from './http-faults.ts';
import { limitHeaders } from './limit-headers.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';

/** The size of headers: twice a query with 100 of the longest SKUs. */
const HEADER_BYTES_MAX = 32_768;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node checks both timeouts. Its default of 30 seconds would let a slow request live four times as long. */
const TIMEOUT_CHECK_MS = 1_000;
/** Longer than load balancers keep an idle connection, so that they close it first and never send on a closed one. */
const KEEP_ALIVE_MS = 75_000;
/**
 * Connections that may wait to be accepted, if the system allows that many. Node's default of 511 is soon full when a
 * sale opens. Further connections are then not refused but ignored, and their systems retry after 1, 3, 7 and 15
 * seconds.
 */
const BACKLOG = 4_096;
/**
 * A closing server accepts requests on its open connections until none has arrived for this long. Their answers have
 * `Connection: close`, so that clients use another server. After a cut connection they would not know the outcome.
 */
const NO_REQUESTS_MS = 250;
const LINGER_MAX_MS = 3_000;
/** Turns of the event loop in which a closing server still accepts connections. */
const ACCEPT_TURNS = 3;
/** How long a close waits for requests in flight. */
export const DRAIN_MAX_MS = 8_000;
/** How long a closing server waits for the rest of a request. Nothing has been done for it yet. */
const ARRIVE_MAX_MS = 1_000;

/** The headers of every answer. The API is not a page: nothing may be loaded, framed, sniffed or cached. */
const ANSWER_HEADERS = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
const ANSWER_HEADERS_FLAT = ANSWER_HEADERS.flat();

export type Handle = (incoming: IncomingMessage, outgoing: ServerResponse, requestId: string) => unknown;

/** Returns the headers of every answer, with names and values alternating, for `writeHead`. */
export const answerHeaders = (requestId: string): string[] => [...ANSWER_HEADERS_FLAT, REQUEST_ID_HEADER, requestId];

/** Sets the headers of every answer, for handlers that set their own ones with `setHeader`. */
export function withAnswerHeaders(next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    for (const [name, value] of ANSWER_HEADERS) outgoing.setHeader(name, value);
    outgoing.setHeader(REQUEST_ID_HEADER, requestId);
    const limit = limitHeaders(outgoing);
    for (let n = 0; n < limit.length; n += 2) outgoing.setHeader(limit[n] ?? '', limit[n + 1] ?? '');
    return next(incoming, outgoing, requestId);
  };
}

interface HttpServerOptions {
  host: string;
  port: number;
  /** Answers a request. It uses `answerHeaders`, or `withAnswerHeaders` wraps it. */
  handle: Handle;
  /** Called for each accepted connection. */
  onConnection?: (socket: Socket) => void;
  /** Further connections are closed at once. Unset: there is no bound. */
  maxConnections?: number;
  /** Returns whether this process has just been stalled. The rest of a request may still wait in the system then. */
  hasStalled?: () => boolean;
  /** Called for each connection that is closed because of the bound. */
  onDrop?: () => void;
  /** Called for each answer that was sent, or whose connection closed before. */
  observe: (answer: HttpAnswer, incoming: IncomingMessage) => void;
}

export interface HttpAnswer {
  requestId: string;
  method: string;
  /** The path without the query, because a query contains inputs. */
  path: string;
  status: number;
  ms: number;
  /** A stream lasts as long as its client listens. */
  isStream: boolean;
}

/** The HTTP server of a process: connections, requests in flight, and an orderly close. */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #unanswered = new Set<ServerResponse>();
  /** Connections on which the answer to invalid HTTP waits for earlier answers. */
  readonly #faulty = new WeakSet<Socket>();
  /** Connections on which a request arrived before the previous one was answered. */
  readonly #pipelined = new WeakSet<Socket>();
  #lastRequestMs = 0;
  /**
   * The listener is closed. Clients that received `Connection: close` before this point would reconnect and be reset.
   */
  #isListenerClosed = false;
  #closed: Promise<void> | null = null;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: TIMEOUT_CHECK_MS,
        // Otherwise Node answers a request without a Host header itself, and not in JSON.
        requireHostHeader: false,
      },
      (incoming, outgoing) => this.#serve(incoming, outgoing),
    );
    const { maxConnections = Infinity, onConnection = () => undefined, onDrop = () => undefined } = options;
    this.#server.maxConnections = maxConnections;
    this.#server.on('connection', onConnection);
    this.#server.on('drop', onDrop);
    this.#server.on('clientError', (error, socket: Socket) => this.#serveFault(error, socket));
  }

  get inFlight(): number {
    return this.#unanswered.size;
  }

  /** Resolves with the port. Rejects if the server cannot listen on the address. */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Stops accepting connections. Resolves when all requests in flight have been answered, or after 8 seconds. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    // First accepts the connections that the system has established, because closing the listener would reset them.
    for (let turn = 0; turn < ACCEPT_TURNS; turn += 1) await nextTurn();
    // The HTTP server's own close would also cut idle connections, on which a client may be sending right now.
    NetServer.prototype.close.call(this.#server);
    this.#isListenerClosed = true;
    for (const outgoing of lastOfEachConnection(this.#unanswered)) closeAfter(outgoing);
    this.#lastRequestMs = performance.now();
    const start = this.#lastRequestMs;
    while (this.#isWaiting(performance.now(), start)) await sleep(10);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #isWaiting(now: number, start: number): boolean {
    if (now - start >= DRAIN_MAX_MS) return false;
    if (now - this.#lastRequestMs < NO_REQUESTS_MS && now - start < LINGER_MAX_MS) return true;
    return [...this.#unanswered].some(({ req }) => req.complete || now - start < ARRIVE_MAX_MS);
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const start = performance.now();
    this.#lastRequestMs = start;
    const requestId = requestIdOf(incoming);
    if (!outgoing.socket) this.#watchOver(incoming.socket);
    this.#unanswered.add(outgoing);
    if (this.#isListenerClosed) closeAfter(outgoing);
    // `once` would create another object. The event may be emitted twice: see `#watchOver`.
    outgoing.on('close', () => {
      if (!this.#unanswered.delete(outgoing)) return;
      const { method = '', url = '' } = incoming;
      const path = pathOf(url);
      const isStream = outgoing.getHeader('content-type') === 'text/event-stream';
      const ms = performance.now() - start;
      this.#options.observe({ requestId, method, path, status: outgoing.statusCode, ms, isStream }, incoming);
    });
    this.#options.handle(incoming, outgoing, requestId);
  }

  /**
   * Emits `close` on all pipelined answers of a connection that closes. Node does so only for the first one, and the
   * others would never end.
   */
  #watchOver(socket: Socket): void {
    if (this.#isListenerClosed) for (const outgoing of this.#unansweredOn(socket)) keepOpenAfter(outgoing);
    if (this.#pipelined.has(socket)) return;
    this.#pipelined.add(socket);
    socket.once('close', () => {
      for (const outgoing of this.#unansweredOn(socket)) {
        if (!outgoing.socket && !outgoing.writableFinished) outgoing.emit('close');
      }
    });
  }

  /** Returns the unanswered requests of a connection in order of arrival. */
  #unansweredOn(socket: Socket): ServerResponse[] {
    return [...this.#unanswered].filter(({ req }) => req.socket === socket);
  }

  /**
   * Refuses invalid bytes after all complete requests before them. Otherwise a client would read it as their answer.
   */
  #serveFault(error: NodeJS.ErrnoException, socket: Socket): void {
    if (this.#faulty.has(socket)) return;
    const before = this.#unansweredOn(socket).findLast(({ req }) => req.complete);
    const stall = { hasStalled: this.#options.hasStalled?.() ?? false };
    if (!before) return answerClientError(error, socket, stall);
    this.#faulty.add(socket);
    before.once('close', () => socket.writable && answerClientError(error, socket, stall));
  }
}

/** Returns a URL without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function closeAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
}

/** Reverts `closeAfter`, because another request has arrived on the connection. */
function keepOpenAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent && outgoing.hasHeader('connection')) outgoing.removeHeader('connection');
}

/**
 * Returns the last unanswered request of each connection. Only its answer may close the connection, because Node sends
 * nothing after an answer with `Connection: close`.
 */
function lastOfEachConnection(answers: Iterable<ServerResponse>): Iterable<ServerResponse> {
  const byConnection = new Map<Socket, ServerResponse>();
  for (const outgoing of answers) byConnection.set(outgoing.req.socket, outgoing);
  return byConnection.values();
}
