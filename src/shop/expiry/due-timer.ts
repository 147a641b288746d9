/** Wakes that follow each other closer than this are one: many holds due at once share a call. */
const GAP_MS = 20;
/** For what is overdue although nobody ended it: the sweep would come too, this is sooner. */
const OVERDUE_MS = 100;
/** Longer delays are cut short: a wake too many costs one call. */
const DELAY_MS_MAX = 60_000;

/** Calls `wake` when the earliest deadline that it was told of comes. Local time only measures how long until then. */
export class DueTimer {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #lastWakeMs = Number.NEGATIVE_INFINITY;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** `nextDueAt` is the earliest deadline, and `at` was the store's time when it said so. */
  note(at: number, nextDueAt: number | null): void {
    if (nextDueAt === null) return;
    const now = performance.now();
    const delayMs = nextDueAt > at ? Math.min(nextDueAt - at, DELAY_MS_MAX) : OVERDUE_MS;
    const wakeAtMs = Math.max(now + delayMs, this.#lastWakeMs + GAP_MS);
    if (wakeAtMs >= this.#wakeAtMs) return;
    this.stop();
    this.#wakeAtMs = wakeAtMs;
    this.#timer = setTimeout(() => this.#fire(), wakeAtMs - now);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = null;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    this.#lastWakeMs = performance.now();
    this.#wake();
  }
}
