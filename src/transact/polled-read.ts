import { pauseBy, type Runtime } from '../runtime/runtime.ts';
import { type Log, OutageLog } from './log.ts';

/** While it is in use, the data is read again this often, without delaying a call. */
const REFRESH_MS = 500;
/** A call waits for a read if the last one began longer ago. A change has to be in force within a second. */
const STALE_MS = 900;
/** While the data cannot be read, a call waits this long at most, in case the store has just come back. */
const FAILING_WAIT_MS = 100;

/** The least time between the reads of `refreshOnMiss`, which callers could cause with any unknown name. */
const MISS_GAP_MS = 100;

/** The time of a poll. */
export type PollClock = Pick<Runtime, 'nowMs' | 'setTimer'>;

export interface PolledReadParts {
  /** Reads the data, and remembers it. */
  load: () => Promise<void>;
  log: Log;
  /** What the log says when the data cannot be read, and when it can be read again. */
  lines: { failed: string; recovered: string };
  /** Whether others may change the data. If not, it is read once, and after each own change. Default: true. */
  isShared?: boolean;
  runtime: PollClock;
}

/**
 * Keeps data in the memory of a process that is at most a second old when it is used. It reads when the data is used,
 * and not by a timer. So a process that does not use the data reads nothing.
 */
export class PolledRead {
  readonly #load: () => Promise<void>;
  readonly #isShared: boolean;
  readonly #runtime: PollClock;
  readonly #outages: OutageLog;
  /** When the last successful read began, and when the last read began. */
  #asOf = -Infinity;
  #lastBegan = -Infinity;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor({ load, log, lines, isShared = true, runtime }: PolledReadParts) {
    this.#load = load;
    this.#isShared = isShared;
    this.#runtime = runtime;
    this.#outages = new OutageLog(log, lines);
  }

  /** Whether the last read has failed, so that a change may be unknown. */
  get isFailing(): boolean {
    return this.#outages.isFailing();
  }

  /**
   * Returns null if the data may be used now. Otherwise returns a promise that resolves when it has been read again, or
   * cannot be read. It never rejects.
   */
  prepare(): Promise<void> | null {
    const age = this.#runtime.nowMs() - this.#asOf;
    if (age < REFRESH_MS || (!this.#isShared && this.#asOf !== -Infinity)) return null;
    if (age < STALE_MS) {
      if (!this.#reading) void this.#begin();
      return null;
    }
    const isRecent = this.#runtime.nowMs() - this.#lastBegan < STALE_MS;
    const fresh = (isRecent ? this.#reading : null) ?? this.refresh();
    return this.isFailing
      ? Promise.race([fresh, pauseBy(this.#runtime, FAILING_WAIT_MS).then(() => undefined)])
      : fresh;
  }

  /** Resolves after a read that begins from now on, and at least `gapMs` after the last one. Never rejects. */
  refresh(gapMs = 0): Promise<void> {
    this.#next ??= this.#readNext(gapMs);
    return this.#next;
  }

  /** Resolves after a read that begins from now on, for a call that names something unknown. Never rejects. */
  refreshOnMiss(): Promise<void> {
    return this.refresh(MISS_GAP_MS);
  }

  /** Reads do not overlap, so that an older one cannot end last. */
  async #readNext(gapMs: number): Promise<void> {
    for (;;) {
      await this.#reading;
      const restMs = this.#lastBegan + gapMs - this.#runtime.nowMs();
      if (restMs > 0) await pauseBy(this.#runtime, restMs);
      if (!this.#reading) break;
    }
    // From here on another call needs another read.
    this.#next = null;
    await this.#begin();
  }

  #begin(): Promise<void> {
    const began = this.#runtime.nowMs();
    this.#lastBegan = began;
    const load = async (): Promise<void> => {
      await this.#load();
      this.#asOf = began;
    };
    const reading = this.#outages.attempt(load).then(() => {
      this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }
}
