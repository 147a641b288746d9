import { CallCounts, type Count, UNIDENTIFIED } from './call-counts.ts';

/** Only these credentials are keys. Others, such as those of a staging site's own login, are ignored. */
const BEARER_SCHEME = /^bearer /i;
/** All clients whose address is unknown share one limit, which is this many times larger. */
const UNKNOWN_FACTOR = 300;

export interface WrongKeysOptions {
  /** Wrong keys per minute from one client. */
  limit: number;
  share?: (kind: string, count: Count) => void;
  now?: () => number;
}

/**
 * Limits how often a client may send a wrong key. After that, each key of a known client is refused before it is
 * compared. Keys of unknown clients are always compared, and only wrong ones are refused. Otherwise the shop's own
 * backend could be locked out.
 */
export class WrongKeys {
  refused = 0;
  readonly #known: CallCounts;
  readonly #unknown: CallCounts;

  constructor({ limit, share, now }: WrongKeysOptions) {
    const more = {
      class: 'wrong_key' as const,
      ...(share && { onBusy: (count: Count) => share('wrong_key', count) }),
      ...(now && { now }),
    };
    this.#known = new CallCounts({ limit, ...more });
    this.#unknown = new CallCounts({ limit: limit * UNKNOWN_FACTOR, ...more });
  }

  /** Returns whether the credentials are a key, right or wrong. */
  static isKey(authorization: string): boolean {
    return BEARER_SCHEME.test(authorization);
  }

  /** Returns how long a client has to wait before a key of it is compared, in milliseconds; null: it is compared. */
  waitMs(authorization: string, client: string | undefined): number | null {
    if (client === undefined || !WrongKeys.isKey(authorization)) return null;
    return this.#noted(this.#known.waitMs(client, 1));
  }

  /** Counts a wrong key. Returns how long a client that has sent too many should wait, in milliseconds; else null. */
  noteWrong(client: string | undefined): number | null {
    const counts = client === undefined ? this.#unknown : this.#known;
    return this.#noted(counts.take(client ?? UNIDENTIFIED, 1).retryAfterMs);
  }

  #noted(waitMs: number | null): number | null {
    if (waitMs !== null) this.refused += 1;
    return waitMs;
  }
}
