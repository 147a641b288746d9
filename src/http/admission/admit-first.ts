import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Party } from '../../actor/fair-queue.ts';
import { AcceptQueue } from './accept-queue.ts';
import { Admission, type Arrival, type CallClass } from './admission.ts';
import { callClassOf } from './call-class.ts';
import type { Clients } from '../listener/clients.ts';
import { type Bounded, CALLS_IN_FLIGHT_MAX, InFlight } from './in-flight.ts';
import { BODY_BYTES_MAX, isJson, whenRead } from '../listener/http-body.ts';
import { type Handle, pathOf } from '../listener/http-server.ts';
import { ShedAnswer } from './shed-answer.ts';
import { StallWatch } from '../../health/stall-watch.ts';
import { UnreadConnections } from './unread-connections.ts';

export interface AdmitOptions {
  waitMaxMs: number;
  services: { isOperator: (authorization: string) => boolean };
  corsOrigins: readonly string[];
  clients: Clients;
}

export interface Admitted {
  handle: Handle;
  /** To be called for each accepted connection. */
  accepted: (socket: Socket) => void;
  admission: Admission;
  inFlight: InFlight<RequestArrival>;
  /** Reads all paused connections again. */
  close(): void;
}

/** Subscriptions last as long as their clients listen. */
const WATCH = 'stock.watch';
const TRPC = '/trpc/';
const COMMA = /,|%2c/i;

/** Passes a request to `next` when the admission begins it. Answers `overloaded` to shed requests. */
export function admitFirst({ waitMaxMs, services, corsOrigins, clients }: AdmitOptions, next: Handle): Admitted {
  const accepts = new AcceptQueue();
  const admission = new Admission({ waitMaxMs, isAccepting: () => accepts.isFilled });
  const shedAnswer = new ShedAnswer(corsOrigins);
  const unread = new UnreadConnections();
  const stalls = new StallWatch();
  stalls.start();
  const shed = (incoming: IncomingMessage, outgoing: ServerResponse, requestId: string): void => {
    shedAnswer.send(incoming, outgoing, requestId);
    unread.add(incoming.socket);
  };
  const inFlight = new InFlight<RequestArrival>({
    start: (arrival) => arrival.start(() => inFlight.ended(arrival), admission),
    refuse: (arrival) => admission.shed(arrival),
  });
  const outcomes = { next, shed };
  const handle: Handle = (incoming, outgoing, requestId) => {
    const { socket } = incoming;
    const callClass = callClassOf(incoming, services.isOperator);
    if (callClass === null) return next(incoming, outgoing, requestId);
    const party = clients.of(incoming) ?? socket;
    const arrival = new RequestArrival({ incoming, outgoing, requestId }, callClass, party, outcomes);
    const acceptMs = accepts.ageOf(socket);
    const isLate = stalls.isStale() || (callClass === 'shopper' && acceptMs > waitMaxMs);
    const ageMs = Math.max(acceptMs, unread.ageOf(socket));
    if (isLate || admission.isOver(callClass, ageMs, party)) return admission.shed(arrival);
    // Only a complete request can be processed in a bounded time.
    if (arrival.isBounded && incoming.method !== 'GET') return whenRead(incoming, () => inFlight.enter(arrival));
    return inFlight.enter(arrival);
  };
  const close = (): void => {
    stalls.stop();
    unread.close();
  };
  return { handle, accepted: accepts.accepted, admission, inFlight, close };
}

interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  requestId: string;
}

class RequestArrival implements Arrival, Bounded {
  readonly callClass: CallClass;
  readonly isBounded: boolean;
  readonly party: Party;
  readonly session: string | null;
  readonly calls: number;
  readonly #exchange: Exchange;
  readonly #outcomes: { next: Handle; shed: Handle };
  #onEnd: (() => void) | null = null;

  constructor(exchange: Exchange, callClass: CallClass, party: Party, outcomes: { next: Handle; shed: Handle }) {
    const { incoming } = exchange;
    this.callClass = callClass;
    this.isBounded = isBounded(incoming);
    this.party = party;
    // A stream does not count for its session, because it may last for hours.
    this.session = this.isBounded ? ((incoming.headers['x-session-id'] as string | undefined) ?? null) : null;
    this.calls = Math.min(callsOf(incoming), CALLS_IN_FLIGHT_MAX);
    this.#exchange = exchange;
    this.#outcomes = outcomes;
  }

  get socket(): Socket {
    return this.#exchange.incoming.socket;
  }

  isAbandoned(): boolean {
    return this.socket.destroyed;
  }

  /** Passes the request to the admission. Calls `onEnd` once it has ended. */
  start(onEnd: () => void, admission: Admission): void {
    this.#onEnd = onEnd;
    admission.admit(this);
  }

  begin(): unknown {
    const { incoming, outgoing, requestId } = this.#exchange;
    if (!this.isBounded) outgoing.once('close', () => this.ended());
    return this.#outcomes.next(incoming, outgoing, requestId);
  }

  shed(): void {
    const { incoming, outgoing, requestId } = this.#exchange;
    this.#outcomes.shed(incoming, outgoing, requestId);
  }

  ended(): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.();
  }
}

/** Returns the number of calls of a request: a batch has a comma between their names. */
function callsOf({ url = '' }: IncomingMessage): number {
  if (!url.startsWith(TRPC)) return 1;
  const path = pathOf(url);
  return path.includes(',') || path.includes('%') ? path.split(COMMA).length : 1;
}

/** Returns whether a request has no body, or a short one of known length, which is read before the call begins. */
function isBounded({ url = '', method, headers }: IncomingMessage): boolean {
  if (!url.startsWith(TRPC) && !url.startsWith('/api/v1/')) return false;
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return false;
  const { 'content-type': type, 'content-length': length } = headers;
  if (method === 'GET') return length === undefined && !url.includes(WATCH) && !url.includes('/export');
  return type !== undefined && isJson(type) && length !== undefined && Number(length) <= BODY_BYTES_MAX;
}
