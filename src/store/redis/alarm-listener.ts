import type { Redis } from 'ioredis';
import { shopKey } from './link/redis-keys.ts';
import { type RedisEndpoint, RedisLink } from './link/redis-link.ts';
import { isReplyError } from './link/server-errors.ts';

interface AlarmOptions extends RedisEndpoint {
  shop: string;
  db: number;
  warn: (line: string) => void;
}

/**
 * Notifies its listeners when the shop's alarm key has expired in Redis, and on every new connection, because an expiry
 * may have been missed. It is only a hint: Redis notifies late, or not at all.
 */
export class AlarmListener {
  readonly #options: AlarmOptions;
  readonly #listeners = new Set<() => void>();
  #link: RedisLink | null = null;
  #warned = false;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#link ??= this.#connect();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** See `RedisLink.leave`. */
  leave(reason: Error): void {
    this.#link?.leave(reason);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#link?.close();
  }

  #connect(): RedisLink {
    const { redis, locate, description, connectTimeoutMs } = this.#options;
    return new RedisLink({
      redis,
      locate,
      description,
      connectTimeoutMs,
      name: 'holdfast-alarm',
      prepare: (client) => this.#prepare(client),
      onChange: () => {
        if (this.#link?.ready) this.#notify();
      },
    });
  }

  async #prepare(redis: Redis): Promise<void> {
    const { shop, db } = this.#options;
    await this.#enableNotifications(redis);
    const alarm = shopKey(shop, 'alarm');
    redis.on('message', (_channel: string, key: string) => {
      if (key === alarm) this.#notify();
    });
    await redis.subscribe(`__keyevent@${db}__:expired`);
  }

  /**
   * Adds the flags `E` (key events) and `x` (expired). A restart of the server drops them, so each connection does
   * this.
   */
  async #enableNotifications(redis: Redis): Promise<void> {
    try {
      const [, flags = ''] = (await redis.config('GET', 'notify-keyspace-events')) as string[];
      const missing = [flags.includes('E') ? '' : 'E', /[xA]/.test(flags) ? '' : 'x'].join('');
      if (missing !== '') await redis.config('SET', 'notify-keyspace-events', flags + missing);
    } catch (error) {
      // A broken connection does not show whether the setting is allowed. The next one will.
      if (!isReplyError(error)) throw error;
      if (this.#warned) return;
      this.#warned = true;
      const problem = error.message;
      this.#options.warn(
        `notify-keyspace-events may not be set (${problem}): set it to Ex, else holds end only by sweeps`,
      );
    }
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
