import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WireRefusal } from '../../contract/wire-refusals.ts';
import { StallWatch } from '../../health/stall-watch.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { LimitedKey } from '../limits/rate-limits.ts';
import type { Clients } from '../listener/clients.ts';
import { whenRead } from '../listener/http-body.ts';
import type { Handle } from '../listener/http-server.ts';
import { AcceptQueue } from './accept-queue.ts';
import { Admission } from './admission.ts';
import { callClassOf } from './call-class.ts';
import { InFlight } from './in-flight.ts';
import { type Exchange, RequestArrival } from './request-arrival.ts';
import { ShedAnswer } from './shed-answer.ts';
import { UnreadConnections } from './unread-connections.ts';

interface AdmitOptions {
  waitMaxMs: number;
  services: { isOperator: (authorization: string) => boolean };
  corsOrigins: readonly string[];
  clients: Clients;
  /** Null: the rates of callers are not limited. */
  limiter: Limiter | null;
}

export interface Admitted {
  handle: Handle;
  /** To be called for each accepted connection. */
  accepted: (socket: Socket) => void;
  admission: Admission;
  /** Reads all paused connections again, and stops the limiter. */
  close: () => void;
}

/** The key of the operator has no limit. */
const ROOT_KEY: LimitedKey = { name: 'operator', ratePerMinute: null };

/**
 * Passes a request to `next` when the admission begins it. Answers `overloaded` to shed requests, and `rate_limited` to
 * those above a limit.
 */
export function admitFirst(options: AdmitOptions, next: Handle): Admitted {
  const { waitMaxMs, corsOrigins, clients, limiter } = options;
  const accepts = new AcceptQueue();
  const admission = new Admission({ waitMaxMs, isAccepting: () => accepts.isFilled });
  const refusals = new Refusals(corsOrigins);
  const stalls = new StallWatch();
  stalls.start();
  const inFlight = new InFlight<RequestArrival>({
    start: (arrival) => arrival.start(() => inFlight.ended(arrival), admission),
    refuse: (arrival) => admission.shed(arrival),
    onAbandoned: () => (admission.counts.abandoned += 1),
  });
  const outcomes = { next, shed: refusals.send };
  const handle: Handle = (incoming, outgoing, requestId) => {
    const { socket } = incoming;
    const { hasKey, refusal } = keyIn(incoming, options);
    const callClass = callClassOf(incoming, () => hasKey);
    if (callClass === null) return next(incoming, outgoing, requestId);
    const client = clients.of(incoming);
    const party = client ?? socket;
    const arrival = new RequestArrival({ incoming, outgoing, requestId }, callClass, party, outcomes);
    if (refusal) return admission.refuse(arrival.refusedWith(refusal));
    const acceptMs = accepts.ageOf(socket);
    const isLate = stalls.isStale() || (callClass === 'shopper' && acceptMs > waitMaxMs);
    const ageMs = Math.max(acceptMs, refusals.pauseOf(socket));
    if (isLate || admission.isOver(callClass, ageMs, party)) return admission.shed(arrival);
    const overLimit = limiter?.refusalOf(incoming, outgoing, { client, key: hasKey ? ROOT_KEY : null });
    if (overLimit) return admission.refuse(arrival.refusedWith(overLimit));
    // Only a complete request can be processed in a bounded time.
    if (arrival.isBounded && incoming.method !== 'GET') return whenRead(incoming, () => inFlight.enter(arrival));
    return inFlight.enter(arrival);
  };
  const close = (): void => {
    stalls.stop();
    refusals.close();
    limiter?.close();
  };
  return { handle, accepted: accepts.accepted, admission, close };
}

const NO_KEY = { hasKey: false, refusal: null };
const VALID_KEY = { hasKey: true, refusal: null };

/** Returns whether a request has a valid key, or its refusal if the client has sent too many wrong ones. */
function keyIn(
  incoming: IncomingMessage,
  { limiter, services }: AdmitOptions,
): { hasKey: boolean; refusal: WireRefusal | null } {
  const { authorization } = incoming.headers;
  if (authorization === undefined) return NO_KEY;
  const refusal = limiter?.refusalBeforeKey(incoming) ?? null;
  if (refusal) return { hasKey: false, refusal };
  return services.isOperator(authorization) ? VALID_KEY : NO_KEY;
}

/** Answers requests that do not begin. Their connections are not read for a while. */
class Refusals {
  readonly #answer: ShedAnswer;
  readonly #unread = new UnreadConnections();

  constructor(corsOrigins: readonly string[]) {
    this.#answer = new ShedAnswer(corsOrigins);
  }

  readonly send = ({ incoming, outgoing, requestId }: Exchange, refusal: WireRefusal | undefined): void => {
    this.#answer.send(incoming, outgoing, requestId, refusal);
    this.#unread.add(incoming.socket);
  };

  /** Returns how long a connection was not read before the bytes that were just read from it, in milliseconds. */
  pauseOf(socket: Socket): number {
    return this.#unread.ageOf(socket);
  }

  close(): void {
    this.#unread.close();
  }
}
