import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WireRefusal } from '../../contract/wire-refusals.ts';
import type { SharedCounter } from '../../store/opened-store.ts';
import type { Log } from '../../transact/log.ts';
import type { Clients } from '../listener/clients.ts';
import { showLimit } from '../listener/limit-headers.ts';
import { CountSharing } from './count-sharing.ts';
import { type LimitedKey, RateLimits, type RateSettings } from './rate-limits.ts';
import { RefusalLog } from './refusal-log.ts';
import { WrongKeys } from './wrong-keys.ts';

export interface LimiterOptions {
  clients: Clients;
  /** Calls per minute. */
  perMinute: RateSettings & { wrongKey: number };
  /** Shares counts with other processes. Absent: there are none. */
  counter?: SharedCounter | undefined;
  log: Log;
  now?: () => number;
}

export interface LimitedCaller {
  client: string | undefined;
  /** The valid key of the request; null without one. */
  key: LimitedKey | null;
}

/** Refuses requests of callers that have used up a limit, before any work is done for them. */
export class Limiter {
  readonly #clients: Clients;
  readonly #rates: RateLimits;
  readonly #wrongKeys: WrongKeys;
  readonly #sharing: CountSharing | null;
  readonly #overLimit: RefusalLog;
  readonly #wrongKeyLog: RefusalLog;

  constructor({ clients, perMinute, counter, log, now }: LimiterOptions) {
    this.#clients = clients;
    this.#sharing = counter ? new CountSharing(counter, log) : null;
    const more = { ...(this.#sharing && { share: this.#sharing.share }), ...(now && { now }) };
    this.#rates = new RateLimits({ perMinute, ...more });
    this.#wrongKeys = new WrongKeys({ limit: perMinute.wrongKey, ...more });
    this.#overLimit = new RefusalLog(log, 'requests above a rate limit are refused');
    this.#wrongKeyLog = new RefusalLog(log, 'wrong operator keys');
  }

  /** The number of refused requests by the class of their limit. */
  get refused(): Readonly<Record<string, number>> {
    return { ...this.#rates.refused, wrong_key: this.#wrongKeys.refused };
  }

  /** Returns the refusal of a request whose client has sent too many wrong keys. To be called before any comparison. */
  refusalBeforeKey(incoming: IncomingMessage): WireRefusal | null {
    const { authorization } = incoming.headers;
    if (authorization === undefined) return null;
    const waitMs = this.#wrongKeys.waitMs(authorization, this.#clients.of(incoming));
    if (waitMs === null) return null;
    this.#wrongKeyLog.note(this.#clients.addressOf(incoming));
    return rateLimited(waitMs);
  }

  /** Counts the calls of a request, and a wrong key. Returns its refusal, or null. */
  refusalOf(incoming: IncomingMessage, outgoing: ServerResponse, { client, key }: LimitedCaller): WireRefusal | null {
    const { authorization } = incoming.headers;
    if (authorization !== undefined && !key) {
      const waitMs = this.#noteWrongKey(incoming, authorization, client);
      if (waitMs !== null) return rateLimited(waitMs);
    }
    const limit = this.#rates.check({ incoming, client, key });
    if (!limit) return null;
    showLimit(outgoing, limit);
    if (limit.retryAfterMs === null) return null;
    this.#overLimit.note(this.#clients.addressOf(incoming));
    return rateLimited(limit.retryAfterMs);
  }

  close(): void {
    this.#sharing?.close();
    this.#overLimit.close();
    this.#wrongKeyLog.close();
  }

  #noteWrongKey(incoming: IncomingMessage, authorization: string, client: string | undefined): number | null {
    const isKey = WrongKeys.isKey(authorization);
    if (!isKey) return null;
    this.#wrongKeyLog.note(this.#clients.addressOf(incoming));
    return this.#wrongKeys.noteWrong(client);
  }
}

const rateLimited = (waitMs: number): WireRefusal => ({
  reason: 'rate_limited',
  meta: { retryAfterMs: Math.ceil(waitMs) },
});
