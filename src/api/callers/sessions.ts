import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionFacts, SessionService } from '../../shop/session/session-api.ts';
import { growingCache } from '../../store/growing-cache.ts';
import { shopTag, shortHash } from '../../transact/documents/ids.ts';

/** A session without its id, which is a secret. */
export interface Session extends SessionFacts {
  /** Epoch milliseconds; null for an anonymous id that was not issued, which never expires. */
  expiresAt: number | null;
}

export interface IssuedSession {
  sessionId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
  /** The hash of the session: its name in admission tokens. */
  subject: string;
}

/** What an issued session is bound to. */
interface SessionHolder {
  customerId?: string | undefined;
  /** `clt_<hash>`: the client that the session is issued to. */
  client?: string | undefined;
}

interface SessionOptions {
  /** Signs the ids. If absent, a random one is used, and foreign ids are accepted as anonymous sessions. */
  secret?: string | undefined;
  /** The secret before `secret`. The ids that it signed are accepted until they expire. */
  previousSecret?: string | undefined;
  /** A session of one shop is not a session of another one that has the same secret. */
  shop: string;
  ttlMs: number;
  /** Epoch milliseconds. */
  clock: () => number;
  /** Absent: no session is revoked or blocked. */
  denials?: Pick<SessionService, 'isRevoked' | 'isBlocked'> | undefined;
}

/** The size of the cache of verified sessions. A lookup costs a tenth of the signature. */
const OPENED_MAX = 10_000;
const SESSION_KEY_BYTES = 32;
/** 192 bits of the signature, so that an id has at most 128 characters. */
const SIGNATURE_CHARS = 32;
/** The random part of an id, which follows the 6 characters of the shop. */
const SESSION_RANDOM_BYTES = 12;
const NO_VALUE = '-';
const CLIENT_PREFIX = 'clt_';
const CUSTOMER_PREFIX = 'customer:';

/** Returns the name of a customer in sessions, limits and orders. */
export const customerName = (customerId: string): string => CUSTOMER_PREFIX + shortHash('customer', customerId);

interface IssuedTo extends Session {
  expiresAt: number;
}

/** No session is revoked or blocked. */
const NO_DENIALS: Pick<SessionService, 'isRevoked' | 'isBlocked'> = { isRevoked: () => false, isBlocked: () => false };

const ANY_ID = /^[A-Za-z0-9_.-]{8,128}$/;
const TAGGED = /^(?:ses_|hf_live_)([\w-]{6})/;
const ISSUED_ID = /^ses_[\w-]{22}\.([0-9a-z]{1,9})\.([0-9a-z]{1,9})\.([\w-]{22}|-)\.([\w-]{22}|-)\.([\w-]{32})$/;

/**
 * Issues session ids and verifies given ones. An issued id is
 * `ses_<shop><random>.<issued>.<expiry>.<customer>.<client>.<signature>`. It carries all data of the session, so that
 * no store is needed, and the signature detects every change.
 */
export class Sessions {
  /** The first one signs. Ids that any of them has signed are accepted. */
  readonly #keys: readonly [Buffer, ...Buffer[]];
  readonly #tag: string;
  readonly #acceptsAnyId: boolean;
  readonly #ttlMs: number;
  readonly #clock: () => number;
  readonly #denials: Pick<SessionService, 'isRevoked' | 'isBlocked'>;
  /** The cache of verified ids. It has only ids with a valid signature, so that forged ids cannot evict them. */
  readonly #opened = growingCache<IssuedTo>(OPENED_MAX);

  constructor({ secret, previousSecret, shop, ttlMs, clock, denials = NO_DENIALS }: SessionOptions) {
    const previous = previousSecret === undefined ? [] : [sessionKeyOf(previousSecret, shop)];
    this.#keys = [sessionKeyOf(secret ?? randomBytes(SESSION_KEY_BYTES), shop), ...previous];
    this.#tag = shopTag(shop);
    this.#acceptsAnyId = secret === undefined;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#denials = denials;
  }

  /** Returns a new session, bound to the customer if one is given. Nothing is stored. */
  issue({ customerId, client }: SessionHolder = {}): IssuedSession {
    const now = this.#clock();
    const expiresAt = now + this.#ttlMs;
    const customer = customerId === undefined ? NO_VALUE : customerName(customerId).slice(CUSTOMER_PREFIX.length);
    const times = `${now.toString(36)}.${expiresAt.toString(36)}`;
    const holder = `${customer}.${client?.slice(CLIENT_PREFIX.length) ?? NO_VALUE}`;
    const body = `ses_${this.#tag}${randomBytes(SESSION_RANDOM_BYTES).toString('base64url')}.${times}.${holder}`;
    const sessionId = `${body}.${signatureOf(body, this.#keys[0])}`;
    return { sessionId, expiresAt, subject: shortHash('session', sessionId) };
  }

  /**
   * Returns the session of an id, for a call of `client`; or null if the id is malformed, forged, expired, revoked or
   * (with a secret) foreign.
   */
  open(sessionId: string | null, client?: string): Session | null {
    const session = this.verify(sessionId);
    return session && !this.#denials.isRevoked(session, client) ? session : null;
  }

  /** Returns the same as `open`, and revoked sessions as well. */
  verify(sessionId: string | null): Session | null {
    if (sessionId === null || !ANY_ID.test(sessionId)) return null;
    const issued = this.#opened.get(sessionId) ?? this.#openIssued(sessionId);
    if (issued) return issued.expiresAt > this.#clock() ? issued : null;
    if (!this.#acceptsAnyId) return null;
    return { hash: shortHash('session', sessionId), customer: null, issuedAt: null, client: null, expiresAt: null };
  }

  /** Whether calls with the session, or of the client, are refused. */
  isBlocked(session: Session | null, client: string | undefined): boolean {
    return this.#denials.isBlocked(session?.hash ?? null, client);
  }

  /** Whether an operator has revoked the session, or blocked it or the client. */
  isDenied(session: Session | null, client: string | undefined): boolean {
    return this.isBlocked(session, client) || (session !== null && this.#denials.isRevoked(session, client));
  }

  #openIssued(sessionId: string): IssuedTo | null {
    const [, issuedText, expiryText, customer, client, signature] = ISSUED_ID.exec(sessionId) ?? [];
    if (issuedText === undefined || expiryText === undefined || signature === undefined) return null;
    const body = sessionId.slice(0, -signature.length - 1);
    if (!this.#keys.some((key) => isSignature(signature, body, key))) return null;
    const issuedAt = Number.parseInt(issuedText, 36);
    const issued: IssuedTo = {
      hash: shortHash('session', sessionId),
      customer: customer === NO_VALUE ? null : CUSTOMER_PREFIX + customer,
      client: client === NO_VALUE ? null : CLIENT_PREFIX + client,
      issuedAt,
      // A shorter lifetime is in force for sessions that were issued before it, too.
      expiresAt: Math.min(Number.parseInt(expiryText, 36), issuedAt + this.#ttlMs),
    };
    this.#opened.set(sessionId, issued);
    return issued;
  }
}

/** Returns the key for the sessions of one shop. Keys for other purposes and shops reveal nothing about it. */
const sessionKeyOf = (secret: string | Buffer, shop: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, shop, 'session', SESSION_KEY_BYTES));

/** Returns the tag of the shop that a session id or a key names; null for a text that is neither. */
export const tagIn = (text: string): string | null => TAGGED.exec(text)?.[1] ?? null;

const signatureOf = (body: string, key: Buffer): string =>
  createHmac('sha256', key).update(body).digest('base64url').slice(0, SIGNATURE_CHARS);

/** Compares the texts and not the decoded bytes, because several texts decode to the same bytes. */
const isSignature = (signature: string, body: string, key: Buffer): boolean =>
  timingSafeEqual(Buffer.from(signature), Buffer.from(signatureOf(body, key)));
