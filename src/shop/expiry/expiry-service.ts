import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchResult, Reclaimed, Store } from '../../store/store.ts';
import type { ExpiryService } from './expiry-api.ts';
import type { Log } from '../../transact/log.ts';
import type { Reclaimer } from '../../transact/reclaimer.ts';
import type { DueDocuments } from './due-documents.ts';
import { DueTimer } from './due-timer.ts';
import type { ExpiredLines } from './expired-lines.ts';
import type { Leadership } from '../../store/leadership.ts';
import { settled } from '../../transact/settled.ts';

/** The guarantee: whatever notification or timer is lost, nothing overdue waits longer than about this. */
const SWEEP_MS = 1_000;
const HOUSEKEEPING_MS = 3_600_000;

export interface ExpiryParts {
  store: Pick<Store, 'onAlarm'>;
  reclaimer: Reclaimer;
  expiredLines: ExpiredLines;
  dueDocuments: DueDocuments;
  leadership: Leadership;
  /** What the leading process does once an hour besides. */
  housekeeping: () => Promise<unknown>;
  /** What it does all the time besides: never rejects, and resolves soon after the signal aborts. */
  besides: (signal: AbortSignal) => Promise<void>;
  log: Log;
}

/**
 * Makes expiry prompt. That it is exact does not depend on any of this: the store lets no overdue hold stand in the way
 * of a buyer. Every process ends overdue holds, since that frees stock; the leading one does what follows from it.
 */
export class Expiry implements ExpiryService {
  readonly #parts: ExpiryParts;
  readonly #timer: DueTimer;
  #running: { stop: () => Promise<void> } | null = null;
  #reclaiming: Promise<void> | null = null;
  #isWakeMissed = false;
  #following: Promise<void> = Promise.resolve();
  #poke: () => void = () => {};
  #isFailing = false;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
    this.#timer = new DueTimer(() => this.#wake());
  }

  /** Idempotent. */
  start(): void {
    if (this.#running) return;
    const { store, leadership } = this.#parts;
    const silence = store.onAlarm(() => this.#wake());
    const sweep = setInterval(() => this.#wake(), SWEEP_MS);
    sweep.unref();
    const resign = leadership.whileLeading((signal) => this.#lead(signal));
    this.#running = {
      stop: async () => {
        silence();
        clearInterval(sweep);
        this.#timer.stop();
        await resign();
        await this.#reclaiming;
        this.#timer.stop();
      },
    };
    this.#wake();
  }

  /** Idempotent; resolves when what was under way has finished. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.stop();
  }

  async sweepNow(): Promise<void> {
    await this.#reclaimAll();
    await this.#follow();
  }

  /** To be told of every batch: it knows when the next deadline comes. */
  onBatch({ at, nextDueAt }: Pick<BatchResult, 'at' | 'nextDueAt'>): void {
    if (this.#running) this.#timer.note(at, nextDueAt);
  }

  /** To be told of every reclaim. What is overdue still after one waits for a document to be worked on. */
  onReclaimed({ at, nextDueAt }: Reclaimed): void {
    if (this.#running && nextDueAt !== null && nextDueAt > at) this.#timer.note(at, nextDueAt);
  }

  #wake(): void {
    if (this.#reclaiming) {
      this.#isWakeMissed = true;
      return;
    }
    this.#isWakeMissed = false;
    this.#reclaiming = this.#attempt(() => this.#reclaimAll()).finally(() => {
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
    if (isAnyDue) this.#poke();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#followOn(signal), this.#keepHouse(signal), this.#parts.besides(signal)]);
  }

  async #keepHouse(signal: AbortSignal): Promise<void> {
    while (await pause(HOUSEKEEPING_MS, signal)) {
      await this.#parts.housekeeping().catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'housekeeping failed and will be tried again');
      });
    }
  }

  async #followOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const poked = this.#nextPoke(signal);
      await this.#attempt(() => this.#follow(signal));
      await poked;
    }
  }

  #nextPoke(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, SWEEP_MS);
      timer.unref();
      signal.addEventListener('abort', done);
      this.#poke = done;
    });
  }

  /** One at a time: `sweepNow` and the leader's rounds do not compete. */
  #follow(signal?: AbortSignal): Promise<void> {
    const { expiredLines, dueDocuments } = this.#parts;
    const round = this.#following.then(async () => {
      await expiredLines.run(signal);
      await dueDocuments.run(signal);
    });
    this.#following = settled(round);
    return round;
  }

  /** The next sweep tries again, so a failure is only told, once for each outage. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#isFailing) this.#parts.log.info({}, 'expiry works again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#parts.log.warn({ err: error }, 'expiry failed and will be tried again');
      this.#isFailing = true;
    }
  }
}

/** Resolves with whether the time went by; false as soon as the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false);
}
