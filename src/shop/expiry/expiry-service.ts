import type { BatchResult, Reclaimed, Store } from '../../store/store.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import { pauseBy, type Runtime, type Timer } from '../../runtime/runtime.ts';
import type { Reclaimer } from '../../transact/reclaimer.ts';
import type { ExpiryEffects } from './expiry-effects.ts';
import { DueTimer } from './due-timer.ts';
import type { SweepPace } from '../../transact/sweep-pace.ts';
import type { ExpiredLines } from './expired-lines.ts';
import type { Leadership } from '../../store/leadership.ts';
import { settled } from '../../transact/settled.ts';

const HOUSEKEEPING_MS = 3_600_000;

export interface ExpiryParts {
  store: Pick<Store, 'onAlarm'>;
  reclaimer: Reclaimer;
  expiredLines: ExpiredLines;
  effects: Pick<ExpiryEffects, 'applyDue'>;
  leadership: Leadership;
  /** The leading process runs this once an hour. */
  housekeeping: () => Promise<unknown>;
  /**
   * The leading process runs this for as long as it leads. Never rejects, and resolves soon after the signal aborts.
   */
  leaderTask: (signal: AbortSignal) => Promise<void>;
  /** How often the shop is swept. If a notification or a timer is lost, overdue holds wait for the next sweep. */
  pace: SweepPace;
  log: Log;
  runtime: Pick<Runtime, 'nowMs' | 'setTimer'>;
}

/**
 * Makes expiry prompt. Its exactness does not depend on this: the store ends overdue holds before it refuses a buyer.
 * Every process ends overdue holds, because that frees stock. The leading process applies the effects of expiry.
 */
export class Expiry implements ExpiryService {
  readonly #parts: ExpiryParts;
  readonly #timer: DueTimer;
  #running: { stop: () => Promise<void> } | null = null;
  #sweep: Timer | null = null;
  #reclaiming: Promise<void> | null = null;
  #isWakeMissed = false;
  /** The sequence of the last reclaim. */
  #sequence = 0;
  #following: Promise<void> = Promise.resolve();
  #notify: () => void = () => {};
  readonly #outages: OutageLog;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
    this.#timer = new DueTimer(parts.runtime, () => this.#wake());
    const lines = { failed: 'expiry failed and will be tried again', recovered: 'expiry works again' };
    this.#outages = new OutageLog(parts.log, lines);
  }

  /** Idempotent. */
  start(): void {
    if (this.#running) return;
    const { store, leadership } = this.#parts;
    const unsubscribe = store.onAlarm(() => this.#wake());
    this.#sweepLater();
    const resign = leadership.whileLeading((signal) => this.#lead(signal));
    this.#running = {
      stop: async () => {
        unsubscribe();
        this.#sweep?.cancel();
        this.#timer.stop();
        await resign();
        await this.#reclaiming;
        this.#timer.stop();
      },
    };
    this.#wake();
  }

  /** Idempotent. Resolves when running work has finished. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.stop();
  }

  async sweepNow(): Promise<void> {
    await this.#reclaimAll();
    await this.#follow();
  }

  /** Must be called with every batch result, because it has the next deadline. */
  onBatch({ at, nextDueAt }: Pick<BatchResult, 'at' | 'nextDueAt'>): void {
    if (!this.#running) return;
    this.#timer.note(at, nextDueAt);
    if (!this.#parts.pace.wake()) return;
    this.#sweepLater();
    this.#notify();
  }

  /**
   * Must be called with every reclaim result. A deadline that is still overdue after a reclaim waits for a document.
   */
  onReclaimed({ at, sequence, nextDueAt }: Reclaimed): void {
    this.#sequence = sequence;
    if (this.#running && nextDueAt !== null && nextDueAt > at) this.#timer.note(at, nextDueAt);
  }

  #sweepLater(): void {
    this.#sweep?.cancel();
    this.#sweep = this.#parts.runtime.setTimer(() => {
      this.#parts.pace.note(this.#sequence);
      this.#sweepLater();
      this.#wake();
    }, this.#parts.pace.ms);
    this.#sweep.unref();
  }

  #wake(): void {
    if (this.#reclaiming) {
      this.#isWakeMissed = true;
      return;
    }
    this.#isWakeMissed = false;
    this.#reclaiming = this.#outages
      .attempt(() => this.#reclaimAll())
      .then(() => {
        this.#reclaiming = null;
        if (this.#isWakeMissed && this.#running) this.#wake();
      });
  }

  async #reclaimAll(): Promise<void> {
    let isAnyDue = false;
    for (let isEnd = false; !isEnd; ) {
      const { ended, more, dueDocuments } = await this.#parts.reclaimer.reclaim([]);
      isAnyDue ||= ended > 0 || dueDocuments.length > 0;
      isEnd = !more || ended === 0;
    }
    if (isAnyDue) this.#notify();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#followOn(signal), this.#keepHouse(signal), this.#parts.leaderTask(signal)]);
  }

  async #keepHouse(signal: AbortSignal): Promise<void> {
    while (await pauseBy(this.#parts.runtime, HOUSEKEEPING_MS, signal)) {
      await this.#parts.housekeeping().catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'housekeeping failed and will be tried again');
      });
    }
  }

  async #followOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const notified = this.#nextNotification(signal);
      await this.#outages.attempt(() => this.#follow(signal));
      await notified;
    }
  }

  #nextNotification(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#parts.runtime.setTimer(done, this.#parts.pace.ms);
      timer.unref();
      signal.addEventListener('abort', done);
      this.#notify = done;
    });
  }

  /** Applies the effects of expiry. Runs one at a time: `sweepNow` and the leader do not compete. */
  #follow(signal?: AbortSignal): Promise<void> {
    const { expiredLines, effects } = this.#parts;
    const round = this.#following.then(async () => {
      await expiredLines.run(signal);
      await effects.applyDue(signal);
    });
    this.#following = settled(round);
    return round;
  }
}

export interface ExpiryService {
  /** Starts the timers that make expiry prompt. */
  start(): void;
  /** Resolves when the work that was running has finished. */
  stop(): Promise<void>;
  /** Performs a whole sweep without waiting for a timer: ends overdue holds, and changes their carts and orders. */
  sweepNow(): Promise<void>;
}
