import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { shortHash } from '../transact/ids.ts';

/** A session as the inside knows it: never its id. */
export interface Session {
  /** 22 characters: names the session in stores, ledger and logs. */
  hash: string;
  /** `customer:<hash>` of a session that the operator bound to a customer; null for others. */
  customer: string | null;
}

export interface IssuedSession {
  sessionId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export interface SessionOptions {
  /** Signs the ids. Absent: one is made, and ids of others' making are taken as anonymous sessions too. */
  secret?: string | undefined;
  ttlMs: number;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** Issued sessions whose signature is not computed again: that costs ten times as much as a look. */
const OPENED_MAX = 10_000;

interface IssuedTo extends Session {
  expiresAt: number;
}

const ANY_ID = /^[A-Za-z0-9_.-]{8,128}$/;
const ISSUED_ID = /^ses_[\w-]{22}\.([0-9a-z]{1,11})\.([\w-]{22}|-)\.([\w-]{43})$/;

/**
 * Issues session ids and tells whose a given one is. An issued id is `ses_<random>.<expiry>.<customer>.<signature>`: it
 * carries all that there is to know, so no store is asked, and it cannot be changed without its signature failing.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #takesAnyId: boolean;
  readonly #ttlMs: number;
  readonly #clock: () => number;
  /** Only ids with a valid signature, so that invented ones displace none. */
  readonly #opened = new LRUCache<string, IssuedTo>({ max: OPENED_MAX });

  constructor({ secret, ttlMs, clock }: SessionOptions) {
    this.#key = createHash('sha256')
      .update(secret ?? randomBytes(32))
      .digest();
    this.#takesAnyId = secret === undefined;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  /** A new session, bound to a customer where one is named. Nothing is kept of it. */
  issue(customerId?: string): IssuedSession {
    const expiresAt = this.#clock() + this.#ttlMs;
    const customer = customerId === undefined ? '-' : shortHash('customer', customerId);
    const body = `ses_${randomBytes(16).toString('base64url')}.${expiresAt.toString(36)}.${customer}`;
    return { sessionId: `${body}.${this.#sign(body)}`, expiresAt };
  }

  /** The session of an id, or null where it is none: malformed, forged, expired, or (with a secret) of others' making. */
  open(sessionId: string | null): Session | null {
    if (sessionId === null || !ANY_ID.test(sessionId)) return null;
    const issued = this.#opened.get(sessionId) ?? this.#openIssued(sessionId);
    if (issued) return issued.expiresAt > this.#clock() ? { hash: issued.hash, customer: issued.customer } : null;
    return this.#takesAnyId ? { hash: shortHash('session', sessionId), customer: null } : null;
  }

  #openIssued(sessionId: string): IssuedTo | null {
    const [, expiry, customer, signature] = ISSUED_ID.exec(sessionId) ?? [];
    if (expiry === undefined || signature === undefined) return null;
    // Texts are compared, not the bytes they stand for: several texts stand for the same bytes.
    const expected = this.#sign(sessionId.slice(0, -signature.length - 1));
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return null;
    const issued = {
      hash: shortHash('session', sessionId),
      customer: customer === '-' ? null : `customer:${customer}`,
      expiresAt: Number.parseInt(expiry, 36),
    };
    this.#opened.set(sessionId, issued);
    return issued;
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url');
  }
}

/** Whether an `Authorization` header carries the operator's key; takes the same time for every wrong one. */
export function operatorCheck(operatorKey: string): (authorization: string | null) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(operatorKey);
  return (authorization) => {
    const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && timingSafeEqual(digest(token), expected);
  };
}
