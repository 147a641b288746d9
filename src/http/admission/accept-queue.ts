import type { Socket } from 'node:net';

/**
 * Knows whether connections wait in the system to be accepted, and for how long the first bytes of one may have waited
 * there.
 *
 * libuv accepts one connection in each turn of the event loop (since 1.45, libuv/libuv#3696). With turns of 15 ms that is
 * 66 a second, so that of thousands of new connections most would wait for many seconds, each with its first request.
 * While connections wait, turns have to be short: see `Admission`.
 */
export class AcceptQueue {
  /** When the queue was last seen to become filled; null while it is empty. */
  #filledSince: number | null = null;
  #hasAccepted = false;
  /** Connections that were accepted in this turn and in the one before it, and since when the queue was filled. */
  #fresh = new Map<Socket, number>();
  #readNow = new Map<Socket, number>();

  /** Notes a connection that was accepted in this turn of the event loop. */
  readonly accepted = (socket: Socket): void => {
    this.#hasAccepted = true;
    if (this.#filledSince === null) {
      this.#filledSince = performance.now();
      setImmediate(this.#look);
    }
    this.#fresh.set(socket, this.#filledSince);
  };

  /** Whether another connection may wait: the last turn, or the one before it, has accepted one. */
  get isFilled(): boolean {
    return this.#filledSince !== null;
  }

  /**
   * Returns how long the bytes that a connection has just delivered may have waited before they were read, milliseconds.
   * What is not read in the turn after the connection was accepted came later, and has not waited: 0. It is an upper
   * bound, because the connection may have come at any time since the queue was empty.
   */
  ageOf(socket: Socket): number {
    const since = this.#readNow.get(socket);
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Runs at the end of each turn until one has accepted nothing. */
  readonly #look = (): void => {
    this.#readNow = this.#fresh;
    this.#fresh = new Map();
    if (this.#hasAccepted) {
      this.#hasAccepted = false;
      setImmediate(this.#look);
    } else this.#filledSince = null;
  };
}
