import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Party } from '../../actor/fair-queue.ts';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { callsOf } from '../limits/rate-class.ts';
import { BODY_BYTES_MAX, isJson } from '../listener/http-body.ts';
import type { Handle } from '../listener/http-server.ts';
import { sessionOf } from '../listener/session-header.ts';
import type { CallAdmission, Arrival, CallClass } from './admission.ts';
import { type Bounded, CALLS_IN_FLIGHT_MAX } from './in-flight.ts';

/** Subscriptions last as long as their clients listen. */
const WATCH = 'stock.watch';
const TRPC = '/trpc/';

export interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  requestId: string;
}

interface Outcomes {
  next: Handle;
  shed: (exchange: Exchange, refusal: WireRefusal | undefined) => void;
}

interface Sender {
  callClass: CallClass;
  shop: string;
  party: Party;
}

/** A request as an arrival at the admission, and as a part of the calls in flight. */
export class RequestArrival implements Arrival, Bounded {
  readonly callClass: CallClass;
  readonly isBounded: boolean;
  readonly shop: string;
  readonly party: Party;
  readonly session: string | null;
  readonly calls: number;
  readonly #exchange: Exchange;
  readonly #outcomes: Outcomes;
  /** Undefined: `overloaded`. */
  #refusal: WireRefusal | undefined;
  #onEnd: (() => void) | null = null;

  constructor(exchange: Exchange, { callClass, shop, party }: Sender, outcomes: Outcomes) {
    const { incoming } = exchange;
    this.callClass = callClass;
    this.shop = shop;
    this.isBounded = isBounded(incoming);
    this.party = party;
    // A stream does not count for its session, because it may last for hours.
    this.session = this.isBounded ? sessionOf(incoming) : null;
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

  /** Sets the refusal that `shed` answers, in place of `overloaded`. */
  refusedWith(refusal: WireRefusal): this {
    this.#refusal = refusal;
    return this;
  }

  /** Passes the request to the admission. Calls `onEnd` once it has ended. */
  start(onEnd: () => void, admission: CallAdmission): void {
    this.#onEnd = onEnd;
    admission.admit(this);
  }

  begin(): unknown {
    const { incoming, outgoing, requestId } = this.#exchange;
    if (!this.isBounded) outgoing.once('close', () => this.ended());
    return this.#outcomes.next(incoming, outgoing, requestId);
  }

  shed(): void {
    this.#outcomes.shed(this.#exchange, this.#refusal);
  }

  ended(): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.();
  }
}

/** Returns whether a request has no body, or a short one of known length, which is read before the call begins. */
function isBounded({ url = '', method, headers }: IncomingMessage): boolean {
  if (!url.startsWith(TRPC) && !url.startsWith('/api/v1/')) return false;
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return false;
  const { 'content-type': type, 'content-length': length } = headers;
  if (method === 'GET') return length === undefined && !url.includes(WATCH) && !url.includes('/export');
  return type !== undefined && isJson(type) && length !== undefined && Number(length) <= BODY_BYTES_MAX;
}
