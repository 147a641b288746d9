import type { Redis } from 'ioredis';
import { shopKey } from './link/redis-keys.ts';
import { RedisLink } from './link/redis-link.ts';
import type { RedisAddress } from './link/redis-url.ts';
import { isReplyError } from './link/server-errors.ts';

export interface AlarmOptions {
  redis: RedisAddress;
  description: string;
  shop: string;
  db: number;
  connectTimeoutMs: number;
  warn: (line: string) => void;
}

/**
 * Tells when Redis says that the shop's alarm key has expired, and on every new connection, since one may have been
 * missed. A hint and no more: notifications come late, or not at all.
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

  /** As `RedisLink.leave`. */
  leave(reason: Error): void {
    this.#link?.leave(reason);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#link?.close();
  }

  #connect(): RedisLink {
    const { redis, description, connectTimeoutMs } = this.#options;
    return new RedisLink({
      redis,
      description,
      connectTimeoutMs,
      name: 'holdfast-alarm',
      prepare: (client) => this.#prepare(client),
      onChange: () => {
        if (this.#link?.ready) this.#tell();
      },
    });
  }

  async #prepare(redis: Redis): Promise<void> {
    const { shop, db } = this.#options;
    await this.#enableNotifications(redis);
    const alarm = shopKey(shop, 'alarm');
    redis.on('message', (_channel: string, key: string) => {
      if (key === alarm) this.#tell();
    });
    await redis.subscribe(`__keyevent@${db}__:expired`);
  }

  /** Adds `E` (key events) and `x` (expired) to what is set. Lost when the server restarts, hence on each connection. */
  async #enableNotifications(redis: Redis): Promise<void> {
    try {
      const [, flags = ''] = (await redis.config('GET', 'notify-keyspace-events')) as string[];
      const missing = [flags.includes('E') ? '' : 'E', /[xA]/.test(flags) ? '' : 'x'].join('');
      if (missing !== '') await redis.config('SET', 'notify-keyspace-events', flags + missing);
    } catch (error) {
      // A connection that broke says nothing of what may be set: the next one will.
      if (!isReplyError(error)) throw error;
      if (this.#warned) return;
      this.#warned = true;
      const problem = error.message;
      this.#options.warn(
        `notify-keyspace-events may not be set (${problem}): set it to Ex, else holds end only by sweeps`,
      );
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
