const WINDOW_MS = 60_000;
/** With more names than this, a window ends early. Only then can someone exceed a limit, by at most a factor of two. */
const NAMES_MAX = 100_000;
/** A part of a limit. A name that has used more of it is reported to `onBusy`, to be shared with other processes. */
const BUSY_SHARE = 1 / 16;

/** The calls of one name, such as a client, in one window of a minute. */
export class Count {
  /** Calls in this process. */
  own = 0;
  /** Calls in other processes, as far as they are known. */
  others = 0;
  /** The calls of `own` that other processes can see. */
  shared = 0;
  /** The number of calls in the window before. */
  readonly before: number;
  readonly name: string;
  /** The number of the window since 1970. */
  readonly window: number;

  constructor(name: string, window: number, before: number) {
    this.name = name;
    this.window = window;
    this.before = before;
  }
}

export interface CallCountsOptions {
  /** Calls per minute for each name. */
  limit: number;
  /** Called with a count that has used a good part of the limit, at each call. */
  onBusy?: (count: Count) => void;
  /** Epoch milliseconds. Processes that share counts have about the same time. */
  now?: () => number;
}

/** The state of a limit after a call. */
export interface LimitState {
  limit: number;
  /** How many further calls are possible now. */
  remaining: number;
  /** When the quota is whole again, in milliseconds from now. */
  resetMs: number;
  /** Null for a call within the limit. Otherwise how long the caller should wait, in milliseconds. */
  retryAfterMs: number | null;
}

/**
 * Counts calls by name in a sliding minute: those of this minute of the clock, and the part of the minute before that
 * the sliding minute still covers. A refused call is not counted, so a caller that goes on gets its limit, and no more.
 *
 * rate-limiter-flexible's counter in memory is not used, because its cost is 1.2 us and a promise for each call, and
 * 2.3 us and a timer for each new name. This one costs 0.15 us.
 */
export class CallCounts {
  readonly limit: number;
  readonly #onBusy: (count: Count) => void;
  readonly #now: () => number;
  #window = 0;
  #counts = new Map<string, Count>();
  #before = new Map<string, Count>();

  constructor({ limit, onBusy = () => undefined, now = Date.now }: CallCountsOptions) {
    this.limit = limit;
    this.#onBusy = onBusy;
    this.#now = now;
  }

  /** Counts `calls` calls of a name, unless they exceed the limit. */
  take(name: string, calls: number): LimitState {
    const now = this.#now();
    const count = this.#countOf(name, now);
    const share = 1 - (now % WINDOW_MS) / WINDOW_MS;
    const used = this.#used(count, share);
    const isWithin = used + calls <= this.limit;
    if (isWithin) {
      count.own += calls;
      if (count.own >= this.limit * BUSY_SHARE) this.#onBusy(count);
    }
    return {
      limit: this.limit,
      remaining: Math.max(0, Math.floor(this.limit - used - (isWithin ? calls : 0))),
      resetMs: share * WINDOW_MS,
      retryAfterMs: isWithin ? null : this.#waitMs(count, calls, share),
    };
  }

  /** Returns how long a name has to wait for so many calls, in milliseconds; null: not at all. */
  waitMs(name: string, calls: number): number | null {
    const now = this.#now();
    const count = this.#countOf(name, now);
    const share = 1 - (now % WINDOW_MS) / WINDOW_MS;
    return this.#used(count, share) + calls <= this.limit ? null : this.#waitMs(count, calls, share);
  }

  #used(count: Count, share: number): number {
    return count.own + count.others + count.before * share;
  }

  #countOf(name: string, now: number): Count {
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.#window || this.#counts.size >= NAMES_MAX) this.#turn(window);
    const known = this.#counts.get(name);
    if (known) return known;
    const before = this.#before.get(name);
    const count = new Count(name, window, before ? before.own + before.others : 0);
    this.#counts.set(name, count);
    return count;
  }

  #turn(window: number): void {
    this.#before = window - this.#window === 1 ? this.#counts : new Map();
    this.#counts = new Map();
    this.#window = window;
  }

  /** Returns the time until so many calls are within the limit, if nothing else is called meanwhile. */
  #waitMs({ own, others, before }: Count, calls: number, share: number): number {
    const current = own + others;
    const room = Math.max(0, this.limit - calls);
    // In this window, the part of the window before becomes smaller. In the next one, the part of this window does.
    if (current <= room) return Math.max(0, share - (room - current) / before) * WINDOW_MS;
    return (share + Math.max(0, 1 - room / current)) * WINDOW_MS;
  }
}
