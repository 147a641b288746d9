import type { Log } from '../transact/log.ts';
import type { HealthReport } from './health-thread.ts';
import { type Store, StoreError, type StoreFault, type StoreHealth } from '../store/store.ts';

/** How often the store is checked. A write that a caller made since the last check replaces the probe. */
const READINESS_CHECK_MS = 1_000;
/** A store that needs longer than this cannot serve, because callers wait at most a few seconds. */
const LATE_MS = 2_000;

export interface Verdict {
  ready: boolean;
  /** Why the server is not ready, one sentence each, without addresses or secrets. Empty when it is ready. */
  reasons: readonly string[];
  /** What operators should know although the server is ready, one sentence each. */
  notes: readonly string[];
  /** The last health report of the store; null until it has answered. */
  store: StoreHealth | null;
}

const UNCHECKED_REASON = 'the store has not been checked yet';
const UNCHECKED: Verdict = { ready: false, reasons: [UNCHECKED_REASON], notes: [], store: null };

/** `batch_failed` and `undecodable` are faults of one batch only: the store accepts other batches. */
const REFUSALS: ReadonlySet<StoreFault> = new Set(['unavailable', 'outcome_unknown', 'regressed', 'closed']);

/**
 * Decides whether this process should get requests. It remembers the result of the last write, and performs a harmless
 * write (`Store.probe`) after a second without one. So it detects within two checks that a store answers reads but
 * refuses writes.
 *
 * `verdict` is a plain value. `/health/ready`, the metrics and the health thread read it synchronously, so that
 * frequent polling does not load the store.
 */
export class Readiness {
  readonly #store: Store;
  readonly #log: Log;
  readonly #checkMs: number;
  /** The start of the newest successful write, by `performance.now`. */
  #wroteAt = Number.NEGATIVE_INFINITY;
  #writeProblem: string | null = null;
  #readProblem: string | null = UNCHECKED_REASON;
  #health: StoreHealth | null = null;
  #wasFrozen = false;
  #isProbing = false;
  #isCheckingHealth = false;
  #isClosing = false;
  #timer: NodeJS.Timeout | undefined;
  #verdict = UNCHECKED;
  readonly #notes: string[] = [];

  /** `checkMs`: how often the store is checked, in milliseconds. */
  constructor(store: Store, log: Log, checkMs = READINESS_CHECK_MS) {
    this.#store = store;
    this.#log = log;
    this.#checkMs = checkMs;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Checks now, and then again and again until `close`. Resolves after the first check, within 2 seconds. */
  async start(): Promise<void> {
    await this.#check();
    this.#rest(performance.now() + this.#checkMs);
  }

  /** Marks the server as not ready, regardless of the store. */
  readonly close = (): void => {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    this.#judge();
  };

  /** Adds a sentence to the report, which does not change whether the server is ready. */
  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  /**
   * Notes the end of a write that began at `startedAt` (`performance.now`). `error` is its rejection, or null. A
   * failure of a write that began before the newest success is ignored.
   */
  readonly noteWrite = (startedAt: number, error: unknown): void => {
    if (startedAt < this.#wroteAt) return;
    if (error === null) {
      this.#wroteAt = startedAt;
      if (this.#writeProblem === null) return;
      this.#writeProblem = null;
    } else if (error instanceof StoreError && REFUSALS.has(error.fault)) {
      this.#writeProblem = storeProblem(error, 'the store refuses writes');
    } else return;
    this.#judge();
  };

  /** Waits for the next check. A store that freezes or continues meanwhile is checked at once. */
  #rest(until: number): void {
    if (this.#isClosing) return;
    this.#timer = setTimeout(
      () => {
        if (performance.now() >= until || this.#store.isFrozen !== this.#wasFrozen) void this.start();
        else this.#rest(until);
      },
      Math.min(READINESS_CHECK_MS, this.#checkMs),
    ).unref();
  }

  async #check(): Promise<void> {
    this.#wasFrozen = this.#store.isFrozen;
    const isIdle = performance.now() - this.#wroteAt >= READINESS_CHECK_MS;
    await Promise.all([this.#checkHealth(), isIdle || this.#writeProblem !== null ? this.#probe() : undefined]);
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

  async #checkHealth(): Promise<void> {
    if (this.#isCheckingHealth) return;
    this.#isCheckingHealth = true;
    const answered = this.#store
      .health()
      .then(
        (health) => {
          [this.#health, this.#readProblem] = [health, null];
        },
        (error: unknown) => {
          this.#readProblem = storeProblem(error, 'the store is unavailable');
        },
      )
      .finally(() => {
        this.#isCheckingHealth = false;
        this.#judge();
      });
    await within(LATE_MS, answered, () => {
      this.#readProblem ??= 'the store is slow: a read has not been answered for 2 seconds';
    });
  }

  #judge(): void {
    const reasons = this.#reasons();
    const ready = reasons.length === 0;
    // A successful start has its own log line.
    const isNews = reasons.join() !== (this.#verdict === UNCHECKED ? '' : this.#verdict.reasons.join());
    this.#verdict = { ready, reasons, notes: this.#notes, store: this.#health };
    if (!isNews || this.#isClosing) return;
    if (ready) this.#log.info({}, 'ready to serve');
    else this.#log.error({ reasons }, 'not ready to serve');
  }

  #reasons(): string[] {
    if (this.#isClosing) return ['closing'];
    const problems = [this.#writeProblem, this.#readProblem, ...(this.#health?.problems ?? [])];
    return [...new Set(problems.filter((problem) => problem !== null))];
  }
}

/** Returns the last report of the store. `Readiness` reads one each second, so that others do not have to. */
export const lastHealthOf = (store: Store, readiness: Readiness): Pick<Store, 'health'> => ({
  health: async () => readiness.verdict.store ?? store.health(),
});

/** Returns the verdict in the form of `/health/ready`. */
export function healthReport({ ready, reasons, notes, store }: Verdict): HealthReport {
  const known = { ...(store ? { store } : {}), ...(notes.length > 0 ? { notes } : {}) };
  return { ready, details: ready ? known : { reason: reasons.join('; '), ...known } };
}

const storeProblem = (error: unknown, otherwise: string): string =>
  (error instanceof StoreError ? error.problem : undefined) ?? otherwise;

/** Waits for `work`, which never rejects, at most `ms`. Calls `late` if it takes longer. */
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
