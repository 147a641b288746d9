import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Redis } from 'ioredis';
import { StoreError } from '../../store.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import type { RedisAddress } from './redis-target.ts';
import { describeFault, isReplyError, isWrongServer, problemOf, withoutCommand } from './server-errors.ts';

/** Where a link leads. */
export interface RedisEndpoint {
  redis: RedisAddress;
  /** Finds the address of each new connection, where it is not `redis`. Settles within a bounded time. */
  locate?: (() => Promise<RedisAddress>) | undefined;
  /** The server's address without credentials, for messages. */
  description: string;
  connectTimeoutMs: number;
}

export interface LinkOptions extends RedisEndpoint {
  /** The connection's name in `CLIENT LIST`. */
  name: string;
  /** Prepares a new connection before it serves. After a rejection the link drops the connection and opens another. */
  prepare: (redis: Redis) => Promise<void>;
  /** Called when the link has become ready, and when it is no longer ready. */
  onChange?: (link: RedisLink) => void;
  /** Called when a reply shows that the server must not serve the shop any more: every link to it has to `leave`. */
  onWrongServer?: (reason: Error) => void;
}

export type Argument = string | number | Buffer;

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 1_000;

/** Rejects a call whose connection was lost. */
export class LinkDown extends Error {
  override readonly name = 'LinkDown';
  /** Whether the server may have received the command. */
  readonly sent: boolean;

  constructor(sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.sent = sent;
  }
}

/**
 * One connection to Redis, which reconnects by itself and never sends a command twice. ioredis may not queue, reconnect
 * or resend, because only the caller knows which commands may be repeated. A loss of the connection rejects all
 * commands in flight at once, even where ioredis leaves its own promises pending.
 */
export class RedisLink {
  readonly #options: LinkOptions;
  readonly #inFlight = new Set<(error: Error) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #redis: Redis | null = null;
  #downSince = performance.now();
  #lose: (reason: Error) => void = () => undefined;
  #fault: Error | null = null;
  /** The reason why the present connection sends no more commands; null: it serves. */
  #leaving: Error | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    // Every caller that waits for the link has a listener.
    setMaxListeners(0, this.#closing.signal);
    this.#running = this.#run();
  }

  get ready(): boolean {
    return this.#redis !== null;
  }

  /** For how long the link has been down, in milliseconds; 0 while it is ready. */
  get downForMs(): number {
    return this.#redis ? 0 : performance.now() - this.#downSince;
  }

  /** The reason why the shop is frozen, if the last connection was refused because of that; else null. */
  get frozen(): StoreError | null {
    const { fault } = this;
    return fault instanceof StoreError && fault.fault === 'regressed' ? fault : null;
  }

  /** The reason why the link is down, or null. */
  get fault(): Error | null {
    return this.#redis ? null : this.#fault;
  }

  /** Resolves with the reply, in which bulk strings are buffers. Rejects with `ServerRefusal` or `LinkDown`. */
  send(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#sendBy((redis) => redis.callBuffer(command, ...args));
  }

  /** Sends a command, and drops the connection if it is not answered within `timeoutMs`. See `send`. */
  async sendWithin(timeoutMs: number, command: string, args: readonly Argument[]): Promise<unknown> {
    const timer = setTimeout(() => this.drop(`no answer to ${command}`), timeoutMs);
    try {
      return await this.send(command, args);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a prepared command; see `send`. */
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
   * ioredis rejects commands before it emits the end of the connection. A caller that resends at once would be rejected
   * again and again, and the event loop would never reach the end.
   */
  #noteLoss(redis: Redis, error: Error): void {
    if (this.#redis !== redis) return;
    this.#detach();
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

  /** Drops the present connection and opens another. */
  drop(reason: string): void {
    this.#lose(new Error(reason));
  }

  /**
   * Sends nothing more over the present connection, and drops it when all commands in flight have been answered. Their
   * replies show whether the calls were applied, so they must not be lost. A connection that is being opened is dropped
   * at once, because it may have passed its checks before the server changed.
   */
  leave(reason: Error): void {
    if (this.#leaving) return;
    if (!this.#redis) return this.#lose(reason);
    this.#detach();
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
   * Opens a connection and resolves after its loss. Resolves with whether the next one may be opened without a longer
   * pause: after a refused connection, or one that had to be left, it may not.
   */
  async #serve(): Promise<boolean> {
    this.#leaving = null;
    let redis: Redis | undefined;
    let connectionError: Error | undefined;
    let lose: (reason: Error) => void = () => undefined;
    const lost = new Promise<Error>((resolve) => {
      this.#lose = lose = resolve;
    });
    try {
      const address = await this.#locate(lost);
      redis = new Redis({ ...CLIENT_OPTIONS, ...address, connectionName: this.#options.name });
      redis.on('error', (error: Error) => {
        connectionError ??= error;
      });
      redis.once('end', () => lose(connectionError ?? new Error('the connection was closed')));
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
      this.#detach();
      redis?.disconnect();
      this.#rejectInFlight();
      this.#announce();
    }
  }

  async #locate(lost: Promise<Error>): Promise<RedisAddress> {
    const { redis, locate } = this.#options;
    if (!locate) return redis;
    return Promise.race([locate(), lost.then((reason) => Promise.reject(reason))]);
  }

  #detach(): void {
    if (this.#redis) this.#downSince = performance.now();
    this.#redis = null;
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

function neverWritten(error: Error): boolean {
  return /isn't writeable/.test(error.message);
}
