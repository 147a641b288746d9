import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { KeyRing } from '../../api/callers/key-ring.ts';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import type { Reason, WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { StallWatch } from '../../health/stall-watch.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { Clients } from '../listener/clients.ts';
import { whenRead } from '../listener/http-body.ts';
import type { Handle } from '../listener/http-server.ts';
import { AcceptQueue } from './accept-queue.ts';
import { CallAdmission } from './admission.ts';
import { callClassOf, PAYMENTS } from './call-class.ts';
import { InFlight } from './in-flight.ts';
import { type Exchange, RequestArrival } from './request-arrival.ts';
import { ShedAnswer } from './shed-answer.ts';
import { UnreadConnections } from './unread-connections.ts';

interface AdmitOptions {
  /** Shared by the shops of a process. */
  entrance: RequestAdmission;
  /** The shop. Shops are served in turn. */
  shop: string;
  waitMaxMs: number;
  services: { keys: Pick<KeyRing, 'of' | 'isUncertain'> };
  corsOrigins: readonly string[];
  clients: Clients;
  /** Null: the rates of callers are not limited. */
  limiter: Limiter | null;
  /** Called for each request that is refused before it begins. */
  onRefused: (incoming: IncomingMessage, requestId: string, reason: Reason) => void;
}

export interface Admitted {
  handle: Handle;
  /** Reads all paused connections again, and stops the limiter. */
  close: () => void;
}

/** Decides when the requests of a process begin. The shops of the process share it. */
export class RequestAdmission {
  readonly admission: CallAdmission;
  readonly #accepts = new AcceptQueue();
  readonly #stalls = new StallWatch();

  constructor({ waitMaxMs }: { waitMaxMs: number }) {
    this.admission = new CallAdmission({ waitMaxMs, isAccepting: () => this.#accepts.isFilled });
    this.#stalls.start();
  }

  /** To be called for each accepted connection. */
  readonly accepted = (socket: Socket): void => this.#accepts.accepted(socket);

  /** Returns how long the bytes that were just read from a connection may have waited in the system. */
  acceptMsOf(socket: Socket): number {
    return this.#accepts.ageOf(socket);
  }

  isStale(): boolean {
    return this.#stalls.isStale();
  }

  close(): void {
    this.#stalls.stop();
  }
}

/**
 * Passes a request to `next` when the admission begins it. Answers `overloaded` to shed requests, and `rate_limited` to
 * those above a limit.
 */
export function admitFirst(options: AdmitOptions, next: Handle): Admitted {
  const { entrance, shop, waitMaxMs, corsOrigins, clients, limiter, onRefused } = options;
  const { admission } = entrance;
  const refusals = new ShedRefusals(corsOrigins, onRefused);
  const inFlight = new InFlight<RequestArrival>({
    start: (arrival) => arrival.start(() => inFlight.ended(arrival), admission),
    refuse: (arrival) => admission.shed(arrival),
    onAbandoned: () => (admission.counts.abandoned += 1),
  });
  const outcomes = { next, shed: refusals.send };
  const handle: Handle = (incoming, outgoing, requestId) => {
    const { socket } = incoming;
    const { key, refusal } = keyIn(incoming, options);
    const exchange = { incoming, outgoing, requestId };
    const isSuspect = (): boolean => limiter?.isSuspect(clients.of(incoming)) === true;
    const callClass = callClassOf(incoming, () => key !== null, isSuspect);
    if (callClass === null) return refusal ? refusals.answer(exchange, refusal) : next(incoming, outgoing, requestId);
    const client = clients.of(incoming);
    const arrival = new RequestArrival(exchange, { callClass, shop, party: client ?? socket }, outcomes);
    if (refusal) return admission.refuse(arrival.refusedWith(refusal));
    const acceptMs = entrance.acceptMsOf(socket);
    const isLate = entrance.isStale() || (callClass === 'shopper' && acceptMs > waitMaxMs);
    const ageMs = Math.max(acceptMs, refusals.pauseOf(socket));
    if (isLate || admission.isOver(arrival, ageMs)) return admission.shed(arrival);
    const overLimit = limiter?.refusalOf(incoming, outgoing, { client, key });
    if (overLimit) return admission.refuse(arrival.refusedWith(overLimit));
    // Only a complete request can be processed in a bounded time.
    if (arrival.isBounded && incoming.method !== 'GET') return whenRead(incoming, () => inFlight.enter(arrival));
    return inFlight.enter(arrival);
  };
  const close = (): void => {
    refusals.close();
    limiter?.close();
  };
  return { handle, close };
}

/**
 * Returns the valid key of a request, or its refusal if the client has sent too many wrong keys or forged messages.
 */
function keyIn(
  incoming: IncomingMessage,
  { limiter, services }: AdmitOptions,
): { key: AccessKey | null; refusal: WireRefusal | null } {
  const isMessage = incoming.url?.startsWith(PAYMENTS) === true;
  const { authorization } = incoming.headers;
  if (authorization !== undefined) {
    const refusal = limiter?.refusalBeforeKey(incoming);
    if (refusal) return { key: null, refusal };
    const key = services.keys.of(authorization);
    if (key) return { key, refusal: null };
    // While the keys cannot be read, a key may be valid although it was not found.
    const wrong = services.keys.isUncertain ? null : limiter?.refusalOfWrongKey(incoming, authorization);
    if (wrong) return { key: null, refusal: wrong };
  }
  return { key: null, refusal: (isMessage && limiter?.refusalBeforeMessage(incoming)) || null };
}

/** Answers requests that do not begin. Their connections are not read for a while. */
class ShedRefusals {
  readonly #answer: ShedAnswer;
  readonly #unread = new UnreadConnections();

  readonly #onRefused: AdmitOptions['onRefused'];

  constructor(corsOrigins: readonly string[], onRefused: AdmitOptions['onRefused']) {
    this.#answer = new ShedAnswer(corsOrigins);
    this.#onRefused = onRefused;
  }

  readonly send = (exchange: Exchange, refusal: WireRefusal | undefined): void => {
    this.answer(exchange, refusal);
    this.#unread.add(exchange.incoming.socket);
  };

  /** Answers without a pause: a health check may be next on the connection. */
  answer({ incoming, outgoing, requestId }: Exchange, refusal: WireRefusal | undefined): void {
    this.#answer.send(incoming, outgoing, requestId, refusal);
    this.#onRefused(incoming, requestId, refusal?.reason ?? 'overloaded');
  }

  /** Returns how long a connection was not read before the bytes that were just read from it, in milliseconds. */
  pauseOf(socket: Socket): number {
    return this.#unread.ageOf(socket);
  }

  close(): void {
    this.#unread.close();
  }
}
