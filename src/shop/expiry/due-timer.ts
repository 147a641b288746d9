import type { Runtime, Timer } from '../../runtime/runtime.ts';

/** The shortest time between two wakes, so that many holds that are due together share a call. */
const WAKE_GAP_MS = 20;
/** The delay for a hold that is overdue already. The sweep would end it too, but later. */
const OVERDUE_MS = 100;
/** Longer delays are shortened to this. A wake that is too early costs one call. */
const DELAY_MS_MAX = 60_000;

type DueClock = Pick<Runtime, 'nowMs' | 'setTimer'>;

/** Calls `wake` at the earliest noted deadline. Local time only measures the delay. */
export class DueTimer {
  readonly #wake: () => void;
  readonly #runtime: DueClock;
  #timer: Timer | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #lastWakeMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: DueClock, wake: () => void) {
    this.#runtime = runtime;
    this.#wake = wake;
  }

  /** Notes the earliest deadline `nextDueAt`, which the store reported at its time `at`. */
  note(at: number, nextDueAt: number | null): void {
    if (nextDueAt === null) return;
    const now = this.#runtime.nowMs();
    const delayMs = nextDueAt > at ? Math.min(nextDueAt - at, DELAY_MS_MAX) : OVERDUE_MS;
    const wakeAtMs = Math.max(now + delayMs, this.#lastWakeMs + WAKE_GAP_MS);
    if (wakeAtMs >= this.#wakeAtMs) return;
    this.stop();
    this.#wakeAtMs = wakeAtMs;
    this.#timer = this.#runtime.setTimer(() => this.#fire(), wakeAtMs - now);
    this.#timer.unref();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = null;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    this.#lastWakeMs = this.#runtime.nowMs();
    this.#wake();
  }
}
