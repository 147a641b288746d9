import type { Socket } from 'node:net';
import { LinkedList } from '../../actor/linked-list.ts';

/** The least time for which a connection is not read. It is shorter than the `Retry-After` of the client. */
const UNREAD_MS = 500;
const RESUME_BEAT_MS = 25;
/** The most connections that are resumed at one tick of the timer, because each may have a request ready. */
const BEAT_MAX = 256;

/**
 * Connections that are not read for a while, because their last request was shed. Otherwise a client that retries at
 * once would cause an answer each time. Its bytes wait in the system, where they cost nothing.
 */
export class UnreadConnections {
  readonly #unread = new LinkedList<{ socket: Socket; since: number }>();
  /** The connections that were resumed in this turn of the event loop, with the time since which they were paused. */
  readonly #resumed = new Map<Socket, number>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  add(socket: Socket): void {
    if (this.#isClosed) return;
    socket.pause();
    this.#unread.push({ socket, since: performance.now() });
    this.#timer ??= setInterval(() => this.#beat(), RESUME_BEAT_MS).unref();
  }

  /** Returns how long the bytes that were just read from a connection may have waited, in milliseconds. */
  ageOf(socket: Socket): number {
    if (this.#resumed.size === 0) return 0;
    const since = this.#resumed.get(socket);
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Reads all connections again, and pauses none from now on. */
  close(): void {
    this.#isClosed = true;
    for (let next = this.#unread.shift(); next; next = this.#unread.shift()) next.socket.resume();
    clearInterval(this.#timer ?? undefined);
  }

  #beat(): void {
    const now = performance.now();
    for (let first = this.#unread.first; first && this.#resumed.size < BEAT_MAX; first = this.#unread.first) {
      if (now - first.since < UNREAD_MS) break;
      this.#unread.shift();
      if (first.socket.destroyed) continue;
      this.#resumed.set(first.socket, first.since);
      first.socket.resume();
    }
    // Bytes that are ready are read before the end of this turn. Later ones have not waited.
    if (this.#resumed.size > 0) setImmediate(() => this.#resumed.clear());
    if (this.#unread.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
