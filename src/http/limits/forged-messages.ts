import { CallCounts, type Count, UNIDENTIFIED } from './call-counts.ts';

/** All clients together may send this many times more forged messages than one. */
const ALL_FACTOR = 300;
const ALL = 'all';
/** The most clients that are remembered as providers. A payment provider sends from a few dozen addresses. */
const PROVIDERS_MAX = 1_000;

export interface ForgedMessagesOptions {
  /** Forged messages per minute from one client. */
  limit: number;
  share?: (kind: string, count: Count) => void;
  now?: () => number;
}

/**
 * Limits how often payment messages may be forged, by client and in all. A message counts only after its signature was
 * found to be wrong, so a provider's messages never count. Above the limit, messages of a known client are refused
 * before they are read, unless it has sent a correctly signed one before. Messages of unknown clients are always
 * verified, because they may come from the provider.
 */
export class ForgedMessages {
  refused = 0;
  readonly #known: CallCounts;
  readonly #all: CallCounts;
  /** Clients with a forged message in the last minute. */
  readonly #suspects: CallCounts;
  readonly #providers = new Set<string>();

  constructor({ limit, share, now }: ForgedMessagesOptions) {
    const own = { class: 'forged' as const, ...(now && { now }) };
    const shared = { ...own, ...(share && { onBusy: (count: Count) => share('forged', count) }) };
    this.#known = new CallCounts({ limit, ...shared });
    this.#all = new CallCounts({ limit: limit * ALL_FACTOR, ...shared });
    this.#suspects = new CallCounts({ limit: 1, ...own });
  }

  /** Returns how long a client has to wait before a message of it is read, in milliseconds; null: it is read. */
  waitMs(client: string | undefined): number | null {
    if (client === undefined || this.#providers.has(client)) return null;
    return this.#noted(this.#known.waitMs(client, 1));
  }

  /** Returns whether a client has forged a message in the last minute. All unknown clients count as one. */
  isSuspect(client: string | undefined): boolean {
    return this.#suspects.waitMs(client ?? UNIDENTIFIED, 1) !== null;
  }

  /** Counts a forged message. Returns how long to wait if there are too many, in milliseconds; otherwise null. */
  noteForged(client: string | undefined): number | null {
    this.#suspects.take(client ?? UNIDENTIFIED, 1);
    const ofAll = this.#all.take(ALL, 1).retryAfterMs;
    return this.#noted((client === undefined ? null : this.#known.take(client, 1).retryAfterMs) ?? ofAll);
  }

  /** Remembers the client of a correctly signed message. */
  noteGenuine(client: string | undefined): void {
    if (client !== undefined && this.#providers.size < PROVIDERS_MAX) this.#providers.add(client);
  }

  #noted(waitMs: number | null): number | null {
    if (waitMs !== null) this.refused += 1;
    return waitMs;
  }
}
