import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AcceptQueue } from './accept-queue.ts';
import { Admission, type Arrival, type CallClass } from './admission.ts';
import { callClassOf } from './call-class.ts';
import { BODY_BYTES_MAX, isJson, whenRead } from '../listener/http-body.ts';
import type { Handle } from '../listener/http-server.ts';
import { ShedAnswer } from './shed-answer.ts';
import { StallWatch } from '../../health/stall-watch.ts';
import { UnreadConnections } from './unread-connections.ts';

export interface AdmitOptions {
  waitMaxMs: number;
  services: { isOperator: (authorization: string) => boolean };
  corsOrigins: readonly string[];
}

export interface Admitted {
  handle: Handle;
  /** To be called for each accepted connection. */
  accepted: (socket: Socket) => void;
  admission: Admission;
  /** Reads all paused connections again. */
  close(): void;
}

/** Subscriptions last as long as their clients listen. */
const WATCH = 'stock.watch';

/** Passes a request to `next` when the admission begins it. Answers `overloaded` to shed requests. */
export function admitFirst({ waitMaxMs, services, corsOrigins }: AdmitOptions, next: Handle): Admitted {
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
  const outcomes = { next, shed };
  const handle: Handle = (incoming, outgoing, requestId) => {
    const { socket } = incoming;
    const callClass = callClassOf(incoming, services.isOperator);
    if (callClass === null) return next(incoming, outgoing, requestId);
    const arrival = new RequestArrival(incoming, outgoing, requestId, callClass, outcomes);
    const acceptMs = accepts.ageOf(socket);
    const isLate = stalls.isStale() || (callClass === 'shopper' && acceptMs > waitMaxMs);
    if (isLate || admission.isOver(callClass, Math.max(acceptMs, unread.ageOf(socket)))) return admission.shed(arrival);
    // Only a complete request can be processed in a bounded time.
    if (arrival.isBounded && incoming.method !== 'GET') return whenRead(incoming, () => admission.admit(arrival));
    return admission.admit(arrival);
  };
  const close = (): void => {
    stalls.stop();
    unread.close();
  };
  return { handle, accepted: accepts.accepted, admission, close };
}

class RequestArrival implements Arrival {
  readonly callClass: CallClass;
  readonly isBounded: boolean;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #requestId: string;
  readonly #outcomes: { next: Handle; shed: Handle };

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
    callClass: CallClass,
    outcomes: { next: Handle; shed: Handle },
  ) {
    this.callClass = callClass;
    this.isBounded = isBounded(incoming);
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#requestId = requestId;
    this.#outcomes = outcomes;
  }

  isAbandoned(): boolean {
    return this.#incoming.socket.destroyed;
  }

  begin(): unknown {
    return this.#outcomes.next(this.#incoming, this.#outgoing, this.#requestId);
  }

  shed(): void {
    this.#outcomes.shed(this.#incoming, this.#outgoing, this.#requestId);
  }
}

/** Returns whether a request has no body, or a short one of known length, which is read before the call begins. */
function isBounded({ url = '', method, headers }: IncomingMessage): boolean {
  if (!url.startsWith('/trpc/') && !url.startsWith('/api/v1/')) return false;
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return false;
  const { 'content-type': type, 'content-length': length } = headers;
  if (method === 'GET') return length === undefined && !url.includes(WATCH) && !url.includes('/export');
  return type !== undefined && isJson(type) && length !== undefined && Number(length) <= BODY_BYTES_MAX;
}
