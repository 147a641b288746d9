import type { RedisAddress } from './redis-target.ts';
import { RedisLink } from './redis-link.ts';

const CHANNEL = '+switch-master';

interface SentinelWatchOptions {
  redis: RedisAddress;
  connectTimeoutMs: number;
  /** Called when the sentinels have made another server the master. */
  onSwitch: (reason: Error) => void;
}

/**
 * Listens to the sentinels, so that no connection stays at a master that has been replaced. A master that is cut off
 * from its replicas would still accept writes, which are lost when it becomes a replica.
 */
export class SentinelWatch {
  readonly #links: readonly RedisLink[];

  constructor({ redis, connectTimeoutMs, onSwitch }: SentinelWatchOptions) {
    const { sentinels = [], name, sentinelUsername, sentinelPassword, sentinelTLS } = redis;
    this.#links = sentinels.map(({ host, port }) => {
      const address = {
        host,
        port,
        db: 0,
        ...(sentinelUsername ? { username: sentinelUsername } : {}),
        ...(sentinelPassword ? { password: sentinelPassword } : {}),
        ...(sentinelTLS ? { tls: {} } : {}),
      };
      return new RedisLink({
        redis: address,
        description: `sentinel ${host}:${port}`,
        name: 'holdfast-sentinel',
        connectTimeoutMs,
        prepare: async (client) => {
          client.on('message', (_channel: string, message: string) => {
            if (message.split(' ')[0] === name)
              onSwitch(new Error(`the sentinels have switched the master: ${message}`));
          });
          await client.subscribe(CHANNEL);
        },
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
  }
}
