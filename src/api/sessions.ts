import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { shortHash } from '../transact/ids.ts';

/** A session without its id, which is a secret. */
export interface Session {
  /** 22 characters that name the session in stores, ledger and logs. */
  hash: string;
  /** `customer:<hash>` if the operator bound the session to a customer; null otherwise. */
  customer: string | null;
}

export interface IssuedSession {
  sessionId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export interface SessionOptions {
  /** Signs the ids. If absent, a random one is used, and foreign ids are accepted as anonymous sessions. */
  secret?: string | undefined;
  ttlMs: number;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** The size of the cache of verified sessions. A lookup costs a tenth of the signature. */
const OPENED_MAX = 10_000;

interface IssuedTo extends Session {
  expiresAt: number;
}

const ANY_ID = /^[A-Za-z0-9_.-]{8,128}$/;
const ISSUED_ID = /^ses_[\w-]{22}\.([0-9a-z]{1,11})\.([\w-]{22}|-)\.([\w-]{43})$/;

/**
 * Issues session ids and verifies given ones. An issued id is `ses_<random>.<expiry>.<customer>.<signature>`. It
 * carries all data of the session, so that no store is needed, and the signature detects every change.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #takesAnyId: boolean;
  readonly #ttlMs: number;
  readonly #clock: () => number;
  /** It has only ids with a valid signature, so that forged ones cannot evict others. */
  readonly #opened = new LRUCache<string, IssuedTo>({ max: OPENED_MAX });

  constructor({ secret, ttlMs, clock }: SessionOptions) {
    this.#key = createHash('sha256')
      .update(secret ?? randomBytes(32))
      .digest();
    this.#takesAnyId = secret === undefined;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  /** Returns a new session, bound to the customer if one is given. Nothing is stored. */
  issue(customerId?: string): IssuedSession {
    const expiresAt = this.#clock() + this.#ttlMs;
    const customer = customerId === undefined ? '-' : shortHash('customer', customerId);
    const body = `ses_${randomBytes(16).toString('base64url')}.${expiresAt.toString(36)}.${customer}`;
    return { sessionId: `${body}.${this.#sign(body)}`, expiresAt };
  }

  /** Returns the session of an id, or null if the id is malformed, forged, expired or (with a secret) foreign. */
  open(sessionId: string | null): Session | null {
    if (sessionId === null || !ANY_ID.test(sessionId)) return null;
    const issued = this.#opened.get(sessionId) ?? this.#openIssued(sessionId);
    if (issued) return issued.expiresAt > this.#clock() ? { hash: issued.hash, customer: issued.customer } : null;
    return this.#takesAnyId ? { hash: shortHash('session', sessionId), customer: null } : null;
  }

  #openIssued(sessionId: string): IssuedTo | null {
    const [, expiry, customer, signature] = ISSUED_ID.exec(sessionId) ?? [];
    if (expiry === undefined || signature === undefined) return null;
    // Compares the texts and not the decoded bytes, because several texts decode to the same bytes.
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

/** Returns a check whether an `Authorization` header has the operator's key, in constant time for every wrong key. */
export function operatorCheck(operatorKey: string): (authorization: string | null) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(operatorKey);
  return (authorization) => {
    const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && timingSafeEqual(digest(token), expected);
  };
}
