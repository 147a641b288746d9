import type { Socket } from 'node:net';
import { LinkedList } from '../../actor/linked-list.ts';

/** The most calls of one session, and of one batch, that run at the same time. */
export const CALLS_IN_FLIGHT_MAX = 32;
/**
 * The most calls of one connection that run at the same time; a batch may have more, but then it runs alone. Browsers
 * and proxies await each answer before the next request of a connection. A client that does not wait would get a larger
 * share of each batch than others: see docs/decisions/rate-limits.md.
 */
const CONNECTION_CALLS_MAX = 8;
/** A connection with this many waiting requests is not read until few are left. */
const PAUSE_AT = 64;
const RESUME_AT = 16;
/** The most requests of one session that wait. They may be on many connections, which are all read. */
const SESSION_HELD_MAX = 1_024;

/** A request that counts toward the bounds of its connection and its session. */
export interface Bounded {
  readonly socket: Socket;
  /** The session id as it was sent; null if there is none. */
  readonly session: string | null;
  /** The number of calls in the request, at most `CALLS_IN_FLIGHT_MAX`. */
  readonly calls: number;
  isAbandoned(): boolean;
}

/** The requests of one connection or one session. */
class Lane<T extends Bounded> {
  running = 0;
  isPaused = false;
  readonly #max: number;
  #held: LinkedList<T> | null = null;
  #isDraining = false;

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held?.size ?? 0;
  }

  /** Counts a request that may run now. Returns false if it has to wait. */
  take({ calls }: T): boolean {
    if (this.held > 0 || !this.#hasRoom(calls)) return false;
    this.running += calls;
    return true;
  }

  hold(request: T): void {
    (this.#held ??= new LinkedList()).push(request);
  }

  /** Counts waiting requests that may run now, and calls `start` with each. */
  drain(start: (request: T) => void): void {
    // A request may end before `start` returns. Then the loop that started it continues.
    if (this.#isDraining || !this.#held) return;
    this.#isDraining = true;
    for (let next = this.#held.first; next; next = this.#held.first) {
      if (!this.#hasRoom(next.calls)) break;
      this.#held.shift();
      this.running += next.calls;
      start(next);
    }
    this.#isDraining = false;
  }

  #hasRoom(calls: number): boolean {
    return this.running === 0 || this.running + calls <= this.#max;
  }
}

export interface InFlightOptions<T> {
  /** Called once for each request that may run. `ended` has to be called after it. */
  start: (request: T) => void;
  /** Called for a request that is refused, because too many of its session wait. `ended` must not be called. */
  refuse: (request: T) => void;
  /** Called for each request that was dropped while it waited, because its client had disconnected. */
  onAbandoned: () => void;
}

/**
 * Bounds the calls in flight of each connection and each session. Further ones wait in order. A connection with many
 * waiting requests is not read, so that its client waits in `write`, and its bytes cost nothing here.
 */
export class InFlight<T extends Bounded> {
  readonly #options: InFlightOptions<T>;
  readonly #connections = new WeakMap<Socket, Lane<T>>();
  readonly #sessions = new Map<string, Lane<T>>();

  constructor(options: InFlightOptions<T>) {
    this.#options = options;
  }

  /** Starts a request now, or once earlier ones of its connection and its session have ended. */
  enter(request: T): void {
    const { socket } = request;
    let lane = this.#connections.get(socket);
    if (!lane) this.#connections.set(socket, (lane = new Lane(CONNECTION_CALLS_MAX)));
    if (lane.take(request)) return this.#enterSession(request);
    lane.hold(request);
    if (lane.held < PAUSE_AT) return;
    lane.isPaused = true;
    socket.pause();
  }

  /** To be called once after a started request has ended, for any reason. */
  ended(request: T): void {
    this.#leaveSession(request);
    this.#leaveConnection(request);
  }

  readonly #enterSession = (request: T): void => {
    const { session } = request;
    if (request.isAbandoned()) return this.#drop(request);
    if (session === null) return this.#options.start(request);
    let lane = this.#sessions.get(session);
    if (!lane) this.#sessions.set(session, (lane = new Lane(CALLS_IN_FLIGHT_MAX)));
    if (lane.take(request)) return this.#options.start(request);
    if (lane.held < SESSION_HELD_MAX) return lane.hold(request);
    this.#options.refuse(request);
    this.#leaveConnection(request);
  };

  readonly #startHeld = (request: T): void => {
    if (!request.isAbandoned()) return this.#options.start(request);
    this.#leaveSession(request);
    this.#drop(request);
  };

  #drop(request: T): void {
    this.#options.onAbandoned();
    this.#leaveConnection(request);
  }

  #leaveSession({ session, calls }: T): void {
    const lane = session === null ? undefined : this.#sessions.get(session);
    if (session === null || !lane) return;
    lane.running -= calls;
    lane.drain(this.#startHeld);
    if (lane.running === 0 && lane.held === 0) this.#sessions.delete(session);
  }

  #leaveConnection({ socket, calls }: T): void {
    const lane = this.#connections.get(socket);
    if (!lane) return;
    lane.running -= calls;
    lane.drain(this.#enterSession);
    if (!lane.isPaused || lane.held > RESUME_AT) return;
    lane.isPaused = false;
    socket.resume();
  }
}
