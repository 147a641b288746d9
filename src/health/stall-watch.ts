const BEAT_MS = 500;
/** A request whose bytes may have waited for longer than this is not begun: its client has hardly waited for it. */
const STALL_MS = 5_000;

/**
 * Notices that the event loop stood still: the process was stopped, starved, or busy with one thing. What is read first
 * after that may have waited in the system for all of that time.
 */
export class StallWatch {
  readonly #now: () => number;
  readonly #endOfTurn: (callback: () => void) => void;
  #beatAt: number;
  #timer: NodeJS.Timeout | undefined;
  #stalledSince: number | null = null;

  constructor(now: () => number = () => performance.now(), endOfTurn: (callback: () => void) => void = setImmediate) {
    this.#now = now;
    this.#endOfTurn = endOfTurn;
    this.#beatAt = now();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.beat(), BEAT_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether a request that is read now may have waited for too long before it was read. */
  isStale(): boolean {
    return this.#stalledSince !== null || this.#now() - this.#beatAt > STALL_MS;
  }

  /** Timers come before what is ready to be read: only at the end of this turn has all of that been read. */
  beat(): void {
    const now = this.#now();
    if (now - this.#beatAt > STALL_MS) {
      this.#stalledSince = this.#beatAt;
      this.#endOfTurn(() => {
        this.#stalledSince = null;
      });
    }
    this.#beatAt = now;
  }
}
