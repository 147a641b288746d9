import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { answerClientError } from './http-faults.ts';

/** Room for a query of 100 of the longest SKUs, twice over. */
const HEADER_BYTES_MAX = 32_768;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often the two are looked at: Node's own 30 seconds would let a slow request live four times as long. */
const TIMEOUT_CHECK_MS = 1_000;
/** Longer than load balancers keep an idle connection, so that they close it first, and never send into a closed one. */
const KEEP_ALIVE_MS = 75_000;
/**
 * Connections that may wait to be accepted, as far as the system allows it. Node's own 511 are soon full when a sale opens,
 * and whoever comes then is not refused but unheard: their system tries again after 1, 3, 7 and 15 seconds.
 */
const BACKLOG = 4_096;
/**
 * A closing server goes on taking requests on the connections that it has until none has come for this long: their answers
 * tell clients to go elsewhere, where a connection that is cut would have them guess.
 */
const QUIET_MS = 250;
const LINGER_MAX_MS = 3_000;
/** Turns of the event loop in which a closing server still accepts. */
const ACCEPT_TURNS = 3;
const DRAIN_MAX_MS = 8_000;
/** How long it waits for the rest of a request: nothing has been done for that one yet. */
const ARRIVE_MAX_MS = 1_000;

export const REQUEST_ID_HEADER = 'x-request-id';
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** They are part of every answer. The API is no page: nothing may be loaded, framed, sniffed or kept. */
const ANSWER_HEADERS = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
const ANSWER_HEADERS_FLAT = ANSWER_HEADERS.flat();

export type Handle = (incoming: IncomingMessage, outgoing: ServerResponse, requestId: string) => unknown;

/** The headers of every answer, names and values in turns, for an answer that is given all of its headers at once. */
export const answerHeaders = (requestId: string): string[] => [...ANSWER_HEADERS_FLAT, REQUEST_ID_HEADER, requestId];

/** Sets the headers of every answer, for handlers that add theirs one by one. */
export function withAnswerHeaders(next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    for (const [name, value] of ANSWER_HEADERS) outgoing.setHeader(name, value);
    outgoing.setHeader(REQUEST_ID_HEADER, requestId);
    return next(incoming, outgoing, requestId);
  };
}

export interface HttpServerOptions {
  host: string;
  port: number;
  /** Answers a request, with `answerHeaders` or behind `withAnswerHeaders`. */
  handle: Handle;
  /** Called for each connection that is accepted. */
  onConnection?: (socket: Socket) => void;
  /** Connections beyond it are closed at once. Unset: there is no bound. */
  maxConnections?: number;
  /** Called for each connection that is closed for that reason. */
  onDrop?: () => void;
  /** Told of each answer when it has been sent, or given up. */
  observe: (answer: HttpAnswer) => void;
}

export interface HttpAnswer {
  requestId: string;
  method: string;
  /** Without the query, which holds inputs. */
  path: string;
  status: number;
  ms: number;
  /** It went on for as long as somebody listened. */
  isStream: boolean;
}

/** The HTTP server as a process sees it: connections, requests in flight, and an orderly end. */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #unanswered = new Set<ServerResponse>();
  /** Connections on which bytes that are no HTTP wait for their answer. */
  readonly #faulty = new WeakSet<Socket>();
  /** Connections on which a request came before the one before it was answered. */
  readonly #pipelined = new WeakSet<Socket>();
  #lastRequestMs = 0;
  /** Nobody can connect any more. Whoever is told to go before that comes back, and is reset with the door. */
  #isDoorClosed = false;
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
        // Without it Node itself answers a missing Host, and not in JSON.
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

  /** Requests that are being answered. */
  get inFlight(): number {
    return this.#unanswered.size;
  }

  /** Resolves with the port. Rejects when the address cannot be listened on. */
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

  /** Stops accepting and resolves when all that was in flight has been answered, in 8 seconds at the latest. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    // Connections that the system has made already are taken in first: closing the door would reset them.
    for (let turn = 0; turn < ACCEPT_TURNS; turn += 1) await nextTurn();
    // Not the HTTP server's own close: that also cuts idle connections, into which a client may be sending right now.
    NetServer.prototype.close.call(this.#server);
    this.#isDoorClosed = true;
    for (const outgoing of lastInLine(this.#unanswered)) tellToClose(outgoing);
    this.#lastRequestMs = performance.now();
    const start = this.#lastRequestMs;
    while (this.#isWaiting(performance.now(), start)) await sleep(10);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #isWaiting(now: number, start: number): boolean {
    if (now - start >= DRAIN_MAX_MS) return false;
    if (now - this.#lastRequestMs < QUIET_MS && now - start < LINGER_MAX_MS) return true;
    return [...this.#unanswered].some(({ req }) => req.complete || now - start < ARRIVE_MAX_MS);
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const start = performance.now();
    this.#lastRequestMs = start;
    const requestId = requestIdOf(incoming);
    if (!outgoing.socket) this.#watchOver(incoming.socket);
    this.#unanswered.add(outgoing);
    if (this.#isDoorClosed) tellToClose(outgoing);
    // Not `once`, which takes an object more. The event may come twice: see `#watchOver`.
    outgoing.on('close', () => {
      if (!this.#unanswered.delete(outgoing)) return;
      const { method = '', url = '' } = incoming;
      const path = pathOf(url);
      const isStream = outgoing.getHeader('content-type') === 'text/event-stream';
      const ms = performance.now() - start;
      this.#options.observe({ requestId, method, path, status: outgoing.statusCode, ms, isStream });
    });
    this.#options.handle(incoming, outgoing, requestId);
  }

  /** Node tells only the first answer in line that its connection is gone; whoever waits for the others would do so for ever. */
  #watchOver(socket: Socket): void {
    if (this.#isDoorClosed) for (const outgoing of this.#unansweredOn(socket)) staysOpen(outgoing);
    if (this.#pipelined.has(socket)) return;
    this.#pipelined.add(socket);
    socket.once('close', () => {
      for (const outgoing of this.#unansweredOn(socket)) {
        if (!outgoing.socket && !outgoing.writableFinished) outgoing.emit('close');
      }
    });
  }

  /** In the order in which they came. */
  #unansweredOn(socket: Socket): ServerResponse[] {
    return [...this.#unanswered].filter(({ req }) => req.socket === socket);
  }

  /** Bytes that follow a whole request are answered after it: before it, their refusal would be taken for its answer. */
  #serveFault(error: NodeJS.ErrnoException, socket: Socket): void {
    if (this.#faulty.has(socket)) return;
    const before = this.#unansweredOn(socket).findLast(({ req }) => req.complete);
    if (!before) return answerClientError(error, socket);
    this.#faulty.add(socket);
    before.once('close', () => socket.writable && answerClientError(error, socket));
  }
}

/** Returns a URL without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function tellToClose(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
}

/** Takes back what `tellToClose` did: another request has come behind this one. */
function staysOpen(outgoing: ServerResponse): void {
  if (!outgoing.headersSent && outgoing.hasHeader('connection')) outgoing.removeHeader('connection');
}

/** Of each connection the one that was asked for last: behind an answer that closes it, Node answers nothing more. */
function lastInLine(answers: Iterable<ServerResponse>): Iterable<ServerResponse> {
  const byConnection = new Map<Socket, ServerResponse>();
  for (const outgoing of answers) byConnection.set(outgoing.req.socket, outgoing);
  return byConnection.values();
}

/** The caller's own id for the request where it is a plain one, else a new one. */
function requestIdOf(incoming: IncomingMessage): string {
  const given = incoming.headers[REQUEST_ID_HEADER];
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  requestsCounted += 1;
  return `req_${PROCESS_ID}.${requestsCounted.toString(36)}`;
}

/** It only has to differ from other processes' ids: randomness for each request costs more than the rest of its id. */
const PROCESS_ID = randomBytes(9).toString('base64url');
let requestsCounted = 0;
