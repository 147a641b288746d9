import type { IncomingMessage } from 'node:http';
import { CallCounts, type Count, type LimitClass, type LimitState } from './call-counts.ts';
import { sessionOf } from '../listener/session-header.ts';
import { classCallsOf, RATE_CLASSES, type RateClass } from './rate-class.ts';

/** Calls per minute of each client, and of each session. */
export type RateSettings = Record<RateClass, number>;

/** A key of an operator with a limit of its own. */
export interface LimitedKey {
  name: string;
  /** Calls per minute; null: no limit. */
  ratePerMinute: number | null;
}

export interface RateLimitsOptions {
  perMinute: RateSettings;
  /** Shares the counts of busy names with other processes. `kind` names the limit. */
  share?: (kind: string, count: Count) => void;
  now?: () => number;
}

/** The parts of a request that its limits depend on. */
export interface LimitedRequest {
  incoming: Pick<IncomingMessage, 'url' | 'method' | 'headers'>;
  client: string | undefined;
  /** The valid key of the request; null without one. */
  key: LimitedKey | null;
}

type Dimension = 'client' | 'session';
/** The classes of limits on calls. */
type CallClassOfLimit = Exclude<LimitClass, 'wrong_key' | 'forged' | 'shop'>;

/**
 * Decides whether the calls of a request are within the limits of its caller. Calls are counted and not requests. A
 * request with a key counts for the key alone. All others count for their session and for their client, if it is known.
 */
export class RateLimits {
  /** Refused requests by the class of their limit. */
  readonly refused: Record<CallClassOfLimit, number> = {
    read: 0,
    change: 0,
    checkout: 0,
    session: 0,
    key: 0,
  };
  readonly #counts: Record<Dimension, Record<RateClass, CallCounts>>;
  readonly #keys = new Map<string, CallCounts>();
  readonly #options: RateLimitsOptions;

  constructor(options: RateLimitsOptions) {
    this.#options = options;
    this.#counts = { client: this.#countsOf('client'), session: this.#countsOf('session') };
  }

  /** Counts the calls of a request. Returns the limit that has the least left; null if none applies. */
  check({ incoming, client, key }: LimitedRequest): LimitState | null {
    if (key) return this.#noted(this.#takeKey(incoming, key));
    const session = sessionOf(incoming);
    if (client === undefined && session === null) return null;
    let tightest: LimitState | null = null;
    for (const { class: rateClass, calls } of classCallsOf(incoming)) {
      if (client !== undefined) tightest = this.#tighter(tightest, 'client', rateClass, client, calls);
      // A session that creates sessions is limited by its client alone.
      if (session !== null && rateClass !== 'session')
        tightest = this.#tighter(tightest, 'session', rateClass, session, calls);
      if (tightest && tightest.retryAfterMs !== null) break;
    }
    return this.#noted(tightest);
  }

  #tighter(
    tightest: LimitState | null,
    dimension: Dimension,
    rateClass: RateClass,
    name: string,
    calls: number,
  ): LimitState {
    if (tightest && tightest.retryAfterMs !== null) return tightest;
    const state = this.#counts[dimension][rateClass].take(name, calls);
    if (tightest && state.retryAfterMs === null && state.remaining >= tightest.remaining) return tightest;
    return state;
  }

  #takeKey(incoming: LimitedRequest['incoming'], { name, ratePerMinute }: LimitedKey): LimitState | null {
    if (ratePerMinute === null) return null;
    // Two keys of one name may have different limits, for example while one replaces the other.
    const id = `${ratePerMinute} ${name}`;
    let counts = this.#keys.get(id);
    if (!counts) this.#keys.set(id, (counts = this.#newCounts('key', 'key', ratePerMinute)));
    const calls = classCallsOf(incoming).reduce((sum, each) => sum + each.calls, 0);
    return counts.take(name, calls);
  }

  #noted(limit: LimitState | null): LimitState | null {
    if (limit && limit.retryAfterMs !== null) this.refused[limit.class as keyof typeof this.refused] += 1;
    return limit;
  }

  #countsOf(dimension: Dimension): Record<RateClass, CallCounts> {
    const { perMinute } = this.#options;
    return Object.fromEntries(
      RATE_CLASSES.map((rateClass) => [
        rateClass,
        this.#newCounts(rateClass, `${dimension}:${rateClass}`, perMinute[rateClass]),
      ]),
    ) as Record<RateClass, CallCounts>;
  }

  #newCounts(limitClass: CallClassOfLimit, kind: string, limit: number): CallCounts {
    const { share, now } = this.#options;
    return new CallCounts({
      class: limitClass,
      limit,
      ...(share && { onBusy: (count) => share(kind, count) }),
      ...(now && { now }),
    });
  }
}
