import type { Socket } from 'node:net';

/**
 * Reports whether connections wait in the operating system to be accepted, and how long the first bytes of a connection
 * may have waited there.
 *
 * libuv accepts one connection in each turn of the event loop (since 1.45, libuv/libuv#3696). With turns of 15 ms that
 * is 66 per second. Most of thousands of new connections would wait for many seconds, each with its first request.
 * Therefore turns have to be short while connections wait: see `CallAdmission`.
 */
export class AcceptQueue {
  /** When the queue was first seen filled; null while it is empty. */
  #filledSince: number | null = null;
  #hasAccepted = false;
  /**
   * Connections that were accepted in this turn and in the one before, with the time since which the queue was filled.
   */
  #fresh = new Map<Socket, number>();
  #readNow = new Map<Socket, number>();

  /** To be called for each accepted connection. */
  readonly accepted = (socket: Socket): void => {
    this.#hasAccepted = true;
    if (this.#filledSince === null) {
      this.#filledSince = performance.now();
      setImmediate(this.#look);
    }
    this.#fresh.set(socket, this.#filledSince);
  };

  /** Whether another connection may wait: the last turn or the one before has accepted one. */
  get isFilled(): boolean {
    return this.#filledSince !== null;
  }

  /**
   * Returns how long the bytes that were just read from a connection may have waited, in milliseconds. The result is an
   * upper bound, because the connection may have arrived at any time since the queue was empty. It is 0 for bytes that
   * are read later than in the turn after the accept: they have not waited.
   */
  ageOf(socket: Socket): number {
    const since = this.#readNow.get(socket);
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Runs at the end of each turn until a turn has accepted no connection. */
  readonly #look = (): void => {
    this.#readNow = this.#fresh;
    this.#fresh = new Map();
    if (this.#hasAccepted) {
      this.#hasAccepted = false;
      setImmediate(this.#look);
    } else this.#filledSince = null;
  };
}
