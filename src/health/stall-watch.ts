const LOOP_BEAT_MS = 500;
/** A request whose bytes may have waited longer than this is not started, because its client has probably given up. */
const LOOP_STALL_MS = 5_000;

/**
 * Detects that the event loop has stalled: the process was stopped, starved, or busy. Requests that are read first
 * after a stall may have waited in the system for its whole duration.
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
    this.#timer ??= setInterval(() => this.beat(), LOOP_BEAT_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Returns whether a request that is read now may have waited too long. */
  isStale(): boolean {
    return this.#stalledSince !== null || this.#now() - this.#beatAt > LOOP_STALL_MS;
  }

  /** Timers run before reads, so the waiting requests have all been read only at the end of this turn. */
  beat(): void {
    const now = this.#now();
    if (now - this.#beatAt > LOOP_STALL_MS) {
      this.#stalledSince = this.#beatAt;
      this.#endOfTurn(() => {
        this.#stalledSince = null;
      });
    }
    this.#beatAt = now;
  }
}
