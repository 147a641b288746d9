import { FilteredMap, numberOf } from '../../store/filtered-map.ts';
import type { RateClass } from './rate-class.ts';

/** Calls of clients that are not known are counted together, by this name. */
export const UNIDENTIFIED = 'unknown';

const COUNT_WINDOW_MS = 60_000;
/**
 * With more names than this, a window ends early. Only then can a caller exceed a limit, by at most a factor of two.
 */
const NAMES_MAX = 100_000;
/**
 * A name that has used at least this part of its limit is busy: its count is reported to `onBusy`, to be shared with
 * other processes. For other names only a number is kept, until the end of the window.
 */
const BUSY_SHARE = 1 / 16;

/** The calls of one busy name, such as a client, in one window of a minute. */
export class Count {
  /** Calls in this process. */
  own: number;
  /** The known calls in other processes. */
  others = 0;
  /** The part of `own` that was sent to other processes. */
  shared = 0;
  /** The number of calls in the previous window. */
  readonly before: number;
  readonly name: string;
  /** The number of windows from 1970 to this one. */
  readonly window: number;

  constructor(name: string, window: number, own: number, before: number) {
    this.name = name;
    this.window = window;
    this.own = own;
    this.before = before;
  }
}

/** The options of a limit. */
export type LimitClass = RateClass | 'key' | 'wrong_key' | 'forged' | 'shop';

export interface CallCountsOptions {
  class: LimitClass;
  /** Calls per minute for each name. */
  limit: number;
  /** Called at each call of a busy name, with its count. */
  onBusy?: (count: Count) => void;
  /** Epoch milliseconds. Processes that share counts have about the same time. */
  now?: () => number;
}

/** The state of a limit after a call. */
export interface LimitState {
  class: LimitClass;
  limit: number;
  /** The number of further calls that are possible now. */
  remaining: number;
  /** Milliseconds until the present window ends. */
  resetMs: number;
  /** Milliseconds that the caller should wait; null for a call within the limit. */
  retryAfterMs: number | null;
}

/**
 * Counts calls by name in a sliding minute: the calls in this minute of the clock, plus the share of the previous
 * minute that the sliding minute still covers. A refused call is not counted, so a caller that keeps calling still gets
 * its limit.
 *
 * rate-limiter-flexible's counter in memory is not used: it takes 1.2 us and a promise for each call, and 2.3 us, an
 * object and a timer for each new name. In a sale most names are new.
 */
export class CallCounts {
  readonly limit: number;
  readonly #class: LimitClass;
  readonly #busyAt: number;
  readonly #onBusy: (count: Count) => void;
  readonly #now: () => number;
  #window = 0;
  /** The calls of names that are not busy. */
  #few = new FilteredMap<number>();
  #busy = new Map<string, Count>();
  /** The busy names of the previous window. */
  #before = new Map<string, Count>();

  constructor({ class: limitClass, limit, onBusy = () => undefined, now = Date.now }: CallCountsOptions) {
    this.limit = limit;
    this.#class = limitClass;
    this.#busyAt = limit * BUSY_SHARE;
    this.#onBusy = onBusy;
    this.#now = now;
  }

  /** Counts `calls` calls of a name, unless they exceed the limit. */
  take(name: string, calls: number): LimitState {
    const now = this.#now();
    const { limit } = this;
    const share = this.#shareAt(now);
    const used = this.#takeFew(name, calls);
    if (used !== null) return this.#state(limit - used, share, null);
    const count = this.#busyOf(name);
    const left = limit - this.#used(count, share) - calls;
    if (left < 0) return this.#state(left + calls, share, this.#waitMs(count, calls, share));
    count.own += calls;
    this.#onBusy(count);
    return this.#state(left, share, null);
  }

  /** Returns how long a name has to wait for so many calls, in milliseconds; null: not at all. */
  waitMs(name: string, calls: number): number | null {
    const share = this.#shareAt(this.#now());
    if (
      !this.#busy.has(name) &&
      !this.#before.has(name) &&
      (this.#few.get(name, numberOf(name)) ?? 0) + calls <= this.limit
    )
      return null;
    const count = this.#busyOf(name);
    return this.#used(count, share) + calls <= this.limit ? null : this.#waitMs(count, calls, share);
  }

  #state(left: number, share: number, retryAfterMs: number | null): LimitState {
    const remaining = Math.max(0, Math.floor(left));
    return { class: this.#class, limit: this.limit, remaining, resetMs: share * COUNT_WINDOW_MS, retryAfterMs };
  }

  /** Returns the share of the previous window that the sliding minute covers. Begins a new window when one is due. */
  #shareAt(now: number): number {
    const window = Math.floor(now / COUNT_WINDOW_MS);
    if (window !== this.#window || this.#few.size + this.#busy.size >= NAMES_MAX) this.#turn(window);
    return 1 - (now % COUNT_WINDOW_MS) / COUNT_WINDOW_MS;
  }

  /** Counts calls of a name that is not busy, and returns all of its calls. Returns null for a busy name. */
  #takeFew(name: string, calls: number): number | null {
    const number = numberOf(name);
    const used = (this.#few.get(name, number) ?? 0) + calls;
    if (used >= this.#busyAt) return null;
    if (this.#busy.size > 0 && this.#busy.has(name)) return null;
    if (this.#before.size > 0 && this.#before.has(name)) return null;
    this.#few.set(name, number, used);
    return used;
  }

  #busyOf(name: string): Count {
    const known = this.#busy.get(name);
    if (known) return known;
    const before = this.#before.get(name);
    const count = new Count(
      name,
      this.#window,
      this.#few.get(name, numberOf(name)) ?? 0,
      before ? before.own + before.others : 0,
    );
    this.#few.delete(name);
    this.#busy.set(name, count);
    return count;
  }

  #used({ own, others, before }: Count, share: number): number {
    return own + others + before * share;
  }

  #turn(window: number): void {
    this.#before = window - this.#window <= 1 ? this.#busy : new Map();
    this.#busy = new Map();
    this.#few = new FilteredMap();
    this.#window = window;
  }

  /** Returns the time until so many calls are within the limit, without further calls in the meantime. */
  #waitMs({ own, others, before }: Count, calls: number, share: number): number {
    const current = own + others;
    const room = Math.max(0, this.limit - calls);
    // In the present window the share of the previous window shrinks, and in the next window that of the present one.
    if (current <= room) return Math.max(0, share - (room - current) / before) * COUNT_WINDOW_MS;
    return (share + Math.max(0, 1 - room / current)) * COUNT_WINDOW_MS;
  }
}
