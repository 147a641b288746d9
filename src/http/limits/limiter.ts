import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import type { SharedCounter } from '../../store/opened-store.ts';
import type { Log } from '../../transact/log.ts';
import type { Clients } from '../listener/clients.ts';
import { showLimit } from '../listener/limit-headers.ts';
import { CountSharing } from './count-sharing.ts';
import { type LimitedKey, RateLimits, type RateSettings } from './rate-limits.ts';
import { ForgedMessages } from './forged-messages.ts';
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
  readonly #forged: ForgedMessages;
  readonly #sharing: CountSharing | null;
  readonly #overLimit: RefusalLog;
  readonly #wrongKeyLog: RefusalLog;
  readonly #forgedLog: RefusalLog;

  constructor({ clients, perMinute, counter, log, now }: LimiterOptions) {
    this.#clients = clients;
    this.#sharing = counter ? new CountSharing(counter, log) : null;
    const more = { ...(this.#sharing && { share: this.#sharing.share }), ...(now && { now }) };
    this.#rates = new RateLimits({ perMinute, ...more });
    this.#wrongKeys = new WrongKeys({ limit: perMinute.wrongKey, ...more });
    this.#forged = new ForgedMessages({ limit: perMinute.wrongKey, ...more });
    this.#overLimit = new RefusalLog(log, 'requests above a rate limit are refused');
    this.#wrongKeyLog = new RefusalLog(log, 'wrong operator keys');
    this.#forgedLog = new RefusalLog(log, 'forged payment messages');
  }

  /** The number of refused requests by the class of their limit. */
  get refused(): Readonly<Record<string, number>> {
    return { ...this.#rates.refused, wrong_key: this.#wrongKeys.refused, forged: this.#forged.refused };
  }

  /** Returns the refusal of a request whose client has sent too many wrong keys. To be called before any comparison. */
  refusalBeforeKey(incoming: IncomingMessage): WireRefusal | null {
    const { authorization } = incoming.headers;
    if (authorization === undefined) return null;
    const waitMs = this.#wrongKeys.waitMs(authorization, this.#clients.of(incoming));
    if (waitMs !== null) this.#wrongKeyLog.note(this.#clients.addressOf(incoming));
    return rateLimited(waitMs);
  }

  /** Counts a wrong key. Credentials that are not sent as a key do not count. Returns the refusal, or null. */
  refusalOfWrongKey(incoming: IncomingMessage, authorization: string): WireRefusal | null {
    if (!WrongKeys.isKey(authorization)) return null;
    this.#wrongKeyLog.note(this.#clients.addressOf(incoming));
    return rateLimited(this.#wrongKeys.noteWrong(this.#clients.of(incoming)));
  }

  /** Returns the refusal of a payment message whose client has forged too many. To be called before it is read. */
  refusalBeforeMessage(incoming: IncomingMessage): WireRefusal | null {
    const waitMs = this.#forged.waitMs(this.#clients.of(incoming));
    if (waitMs !== null) this.#forgedLog.note(this.#clients.addressOf(incoming));
    return rateLimited(waitMs);
  }

  /** Returns whether a client has forged a payment message in the last minute. */
  isSuspect(client: string | undefined): boolean {
    return this.#forged.isSuspect(client);
  }

  /** Counts a message that is not authentic. Returns its refusal if there are too many, or null. */
  noteForged(incoming: IncomingMessage): WireRefusal | null {
    this.#forgedLog.note(this.#clients.addressOf(incoming));
    return rateLimited(this.#forged.noteForged(this.#clients.of(incoming)));
  }

  noteGenuine(incoming: IncomingMessage): void {
    this.#forged.noteGenuine(this.#clients.of(incoming));
  }

  /** Counts the calls of a request. Returns its refusal, or null. */
  refusalOf(incoming: IncomingMessage, outgoing: ServerResponse, { client, key }: LimitedCaller): WireRefusal | null {
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
    this.#forgedLog.close();
  }
}

/** Returns the refusal of a caller who has to wait. Returns null for a caller who may go on. */
function rateLimited(waitMs: number): WireRefusal;
function rateLimited(waitMs: number | null): WireRefusal | null;
function rateLimited(waitMs: number | null): WireRefusal | null {
  return waitMs === null ? null : { reason: 'rate_limited', meta: { retryAfterMs: Math.ceil(waitMs) } };
}
