import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Redis, type RedisOptions } from 'ioredis';
import { StoreError } from '../../store.ts';
import type { RedisAddress } from './redis-url.ts';
import { describeFault, isReplyError, isWrongServer, problemOf, withoutCommand } from './server-errors.ts';

export interface LinkOptions {
  redis: RedisAddress;
  /** Where it is, for messages. */
  description: string;
  /** For CLIENT LIST. */
  name: string;
  connectTimeoutMs: number;
  /** What to do on a new connection before it serves. A rejection drops the connection; it is tried again. */
  prepare: (redis: Redis) => Promise<void>;
  /** The link has become ready, or is so no longer. */
  onChange?: (link: RedisLink) => void;
  /** Called when a reply says that the server must not serve the shop any more: every link to it has to `leave`. */
  onWrongServer?: (reason: Error) => void;
}

export type Argument = string | number | Buffer;

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 1_000;

/** The connection went away. `sent` tells whether the server may have got the command. */
export class LinkDown extends Error {
  override readonly name = 'LinkDown';
  readonly sent: boolean;

  constructor(sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.sent = sent;
  }
}

/**
 * One connection to Redis that comes back by itself, and on which nothing is ever sent twice: ioredis is told neither
 * to queue nor to reconnect nor to resend, since only the caller knows what may be repeated. Each loss rejects what is
 * in flight at once, whatever ioredis does with its own promises.
 */
export class RedisLink {
  readonly #options: LinkOptions;
  readonly #inFlight = new Set<(error: Error) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #redis: Redis | null = null;
  #lose: (reason: Error) => void = () => undefined;
  #fault: Error | null = null;
  /** Why the present connection gets nothing more to do; null: it serves. */
  #leaving: Error | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    // One listener a caller that waits for the link, and there may be any number of them.
    setMaxListeners(0, this.#closing.signal);
    this.#running = this.#run();
  }

  get ready(): boolean {
    return this.#redis !== null;
  }

  /** Why the shop is frozen, if the last connection was refused for that; else null. */
  get frozen(): StoreError | null {
    const { fault } = this;
    return fault instanceof StoreError && fault.fault === 'regressed' ? fault : null;
  }

  /** Why the link is down, or null. */
  get fault(): Error | null {
    return this.#redis ? null : this.#fault;
  }

  /** Rejects with a `ServerRefusal`, or with `LinkDown`. Bulk strings come back as buffers. */
  send(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#sendBy((redis) => redis.callBuffer(command, ...args));
  }

  /** As `send`. */
  sendCommand(command: Command): Promise<unknown> {
    return this.#sendBy((redis) => redis.sendCommand(command) as Promise<unknown>);
  }

  #sendBy(write: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    const redis = this.#redis;
    if (!redis) return Promise.reject(this.#down(false));
    return new Promise((resolve, reject) => {
      this.#inFlight.add(reject);
      write(redis).then(
        (reply) => {
          this.#settled(reject);
          resolve(reply);
        },
        (error: Error) => {
          if (!isReplyError(error)) this.#noteLoss(redis, error);
          else if (isWrongServer(error)) this.#options.onWrongServer?.(withoutCommand(error));
          this.#settled(reject);
          reject(isReplyError(error) ? withoutCommand(error) : this.#down(!neverWritten(error)));
        },
      );
    });
  }

  /**
   * ioredis fails commands before it says that the connection has ended: whoever sends again at once would, in between,
   * be failed again and again without the event loop ever getting to the end.
   */
  #noteLoss(redis: Redis, error: Error): void {
    if (this.#redis !== redis) return;
    this.#redis = null;
    this.#fault = withoutCommand(error);
    this.#lose(error);
  }

  /**
   * Resolves when the link is ready. Rejects with `StoreError`: `unavailable` after `timeoutMs`, `closed`, or
   * `regressed` as soon as the shop is found frozen.
   */
  async whenReady(timeoutMs: number): Promise<void> {
    const { signal } = this.#closing;
    if (this.ready) return;
    if (this.frozen) throw this.unavailable();
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
      if (signal.aborted) done();
    });
    if (!this.ready) throw this.unavailable();
  }

  unavailable(): StoreError {
    if (this.#closing.signal.aborted) return new StoreError('closed', 'the store is closed');
    if (this.frozen) return this.frozen;
    const why = this.#fault ? describeFault(this.#fault) : 'no connection yet';
    const options = { cause: this.#fault, problem: problemOf(this.#fault) };
    return new StoreError('unavailable', `${this.#options.description}: ${why}`, options);
  }

  /** Gives up the present connection, because it does not answer. */
  drop(reason: string): void {
    this.#lose(new Error(reason));
  }

  /**
   * Sends nothing more over the present connection, and gives it up when what is in flight has been answered: those
   * answers say whether their calls were applied, and cutting the connection at once would lose that.
   */
  leave(reason: Error): void {
    if (!this.#redis) return;
    this.#redis = null;
    this.#fault = this.#leaving = reason;
    this.#leaveWhenDone();
  }

  #settled(reject: (error: Error) => void): void {
    this.#inFlight.delete(reject);
    this.#leaveWhenDone();
  }

  #leaveWhenDone(): void {
    if (this.#leaving && this.#inFlight.size === 0) this.#lose(this.#leaving);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#lose(new Error('closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoffMs = BACKOFF_MIN_MS;
    while (!signal.aborted) {
      const served = await this.#serve();
      backoffMs = served ? BACKOFF_MIN_MS : Math.min(backoffMs * 2, BACKOFF_MAX_MS);
      await sleep(backoffMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * One connection from its first byte to its loss. Returns whether it was a good one. A server that had to be left was
   * not, although it looked like it: it may look so again, and must not be tried without a pause.
   */
  async #serve(): Promise<boolean> {
    this.#leaving = null;
    const redis = new Redis({ ...CLIENT_OPTIONS, ...this.#options.redis, connectionName: this.#options.name });
    let connectionError: Error | undefined;
    redis.on('error', (error: Error) => {
      connectionError ??= error;
    });
    const lost = new Promise<Error>((resolve) => {
      this.#lose = resolve;
      redis.once('end', () => resolve(connectionError ?? new Error('the connection was closed')));
    });
    try {
      await this.#establish(redis, lost);
      if (this.#closing.signal.aborted) return false;
      this.#redis = redis;
      this.#announce();
      this.#fault = withoutCommand(await lost);
      return this.#leaving === null;
    } catch (error) {
      this.#fault = withoutCommand(connectionError ?? (error as Error));
      return false;
    } finally {
      this.#redis = null;
      redis.disconnect();
      this.#rejectInFlight();
      this.#announce();
    }
  }

  async #establish(redis: Redis, lost: Promise<Error>): Promise<void> {
    const { connectTimeoutMs, prepare } = this.#options;
    const timeout = new AbortController();
    const late = sleep(connectTimeoutMs, undefined, { signal: timeout.signal }).then(
      () => Promise.reject(new Error(`no answer within ${connectTimeoutMs} ms`)),
      () => undefined,
    );
    const lostEarly = lost.then((reason) => Promise.reject(reason));
    const established = redis.connect().then(() => prepare(redis));
    for (const promise of [late, lostEarly, established]) promise.catch(() => undefined);
    try {
      await Promise.race([established, lostEarly, late]);
    } finally {
      timeout.abort();
    }
  }

  #announce(): void {
    if (this.ready || this.frozen) for (const done of this.#waiting) done();
    this.#options.onChange?.(this);
  }

  #rejectInFlight(): void {
    for (const reject of this.#inFlight) reject(this.#down(true));
    this.#inFlight.clear();
  }

  #down(sent: boolean): LinkDown {
    const why = this.#fault?.message ?? 'no connection';
    return new LinkDown(sent, `${this.#options.description}: ${why}`, { cause: this.#fault });
  }
}

/** `retryStrategy: null` ends a client at its first loss, and an ended client rejects all that it still holds. */
const CLIENT_OPTIONS = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // `prepare` asks for itself whether the server is ready, and says what is wrong when it is not.
  enableReadyCheck: false,
  // Two protocols would be two sets of reply shapes; the third brings nothing that is used here.
  protocol: 2 as const,
  disableClientInfo: true,
  // A connection that is given up has nothing to say goodbye for.
  disconnectTimeout: 1,
} satisfies RedisOptions;

function neverWritten(error: Error): boolean {
  return /isn't writeable/.test(error.message);
}
