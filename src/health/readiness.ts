import type { Logger } from 'pino';
import type { HealthReport } from './health-state.ts';
import { type Store, StoreError, type StoreFault, type StoreHealth } from '../store/store.ts';

/** How often the store is checked. A write that a caller made since the last check replaces the probe. */
export const CHECK_MS = 1_000;
/** A store that needs longer than this cannot serve: callers wait at most a few seconds. */
const LATE_MS = 2_000;

export interface Verdict {
  ready: boolean;
  /** Why the server is not ready, one sentence each, without addresses or secrets. Empty when it is ready. */
  reasons: readonly string[];
  /** What the store said last; null until it has answered. */
  store: StoreHealth | null;
}

const UNCHECKED_REASON = 'the store has not been checked yet';
const UNCHECKED: Verdict = { ready: false, reasons: [UNCHECKED_REASON], store: null };

/** `batch_failed` and `undecodable` are faults of one batch: the store takes others. */
const REFUSALS: ReadonlySet<StoreFault> = new Set(['unavailable', 'outcome_unknown', 'regressed', 'closed']);

/**
 * Whether this process should get requests. It remembers how the last write of the store ended, its own or a caller's,
 * and makes a harmless write of its own (`Store.probe`) when nobody has written for a second. So a store that answers
 * reads and refuses writes is noticed within two checks.
 *
 * `verdict` is a plain value that is read synchronously and costs nothing: `/health/ready`, the metrics and the health
 * thread read this one object, and a monitor that polls hard does not load the store.
 */
export class Readiness {
  readonly #store: Store;
  readonly #log: Logger;
  /** When the newest write that succeeded had begun, by `performance.now`. */
  #wroteAt = Number.NEGATIVE_INFINITY;
  #writeProblem: string | null = null;
  #readProblem: string | null = UNCHECKED_REASON;
  #health: StoreHealth | null = null;
  #isProbing = false;
  #isAsking = false;
  #isClosing = false;
  #timer: NodeJS.Timeout | undefined;
  #verdict = UNCHECKED;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Checks once, then every second until `close`. Resolves after the first check, in 2 seconds at the latest. */
  async start(): Promise<void> {
    await this.#check();
    if (this.#isClosing) return;
    this.#timer = setTimeout(() => void this.start(), CHECK_MS).unref();
  }

  /** The server is not ready any more, whatever the store says. */
  readonly close = (): void => {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    this.#judge();
  };

  /**
   * Notes how a write ended that began at `startedAt` (`performance.now`): null, or what it was rejected with. A
   * failure of a write that began before the newest success is old news.
   */
  readonly noteWrite = (startedAt: number, error: unknown): void => {
    if (startedAt < this.#wroteAt) return;
    if (error === null) {
      this.#wroteAt = startedAt;
      if (this.#writeProblem === null) return;
      this.#writeProblem = null;
    } else if (error instanceof StoreError && REFUSALS.has(error.fault)) {
      this.#writeProblem = problemOf(error, 'the store refuses writes');
    } else return;
    this.#judge();
  };

  async #check(): Promise<void> {
    const isIdle = performance.now() - this.#wroteAt >= CHECK_MS;
    await Promise.all([this.#ask(), isIdle || this.#writeProblem !== null ? this.#probe() : undefined]);
    this.#judge();
  }

  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const startedAt = performance.now();
    const probed = this.#store
      .probe()
      .then(
        () => this.noteWrite(startedAt, null),
        (error: unknown) => this.noteWrite(startedAt, error),
      )
      .finally(() => {
        this.#isProbing = false;
      });
    await within(LATE_MS, probed, () => {
      this.#writeProblem ??= 'the store is slow: a write has not been answered for 2 seconds';
    });
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const asked = this.#store
      .health()
      .then(
        (health) => {
          [this.#health, this.#readProblem] = [health, null];
        },
        (error: unknown) => {
          this.#readProblem = problemOf(error, 'the store is unavailable');
        },
      )
      .finally(() => {
        this.#isAsking = false;
        this.#judge();
      });
    await within(LATE_MS, asked, () => {
      this.#readProblem ??= 'the store is slow: a read has not been answered for 2 seconds';
    });
  }

  #judge(): void {
    const reasons = this.#reasons();
    const ready = reasons.length === 0;
    // A start that goes well has a log line of its own.
    const isNews = reasons.join() !== (this.#verdict === UNCHECKED ? '' : this.#verdict.reasons.join());
    this.#verdict = { ready, reasons, store: this.#health };
    if (!isNews || this.#isClosing) return;
    if (ready) this.#log.info('ready to serve');
    else this.#log.error({ reasons }, 'not ready to serve');
  }

  #reasons(): string[] {
    if (this.#isClosing) return ['closing'];
    const problems = [this.#writeProblem, this.#readProblem, ...(this.#health?.problems ?? [])];
    return [...new Set(problems.filter((problem) => problem !== null))];
  }
}

/** A verdict as `/health/ready` shows it. */
export function reportOf({ ready, reasons, store }: Verdict): HealthReport {
  const known = store ? { store } : {};
  return { ready, details: ready ? known : { reason: reasons.join('; '), ...known } };
}

const problemOf = (error: unknown, otherwise: string): string =>
  (error instanceof StoreError ? error.problem : undefined) ?? otherwise;

/** Waits for `work` that never rejects, and calls `late` instead where it takes longer than `ms`. */
async function within(ms: number, work: Promise<void>, late: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late();
      resolve();
    }, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
