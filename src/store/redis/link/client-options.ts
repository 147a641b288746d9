import type { RedisOptions } from 'ioredis';

/** With `retryStrategy: null` a client ends at the first loss of its connection, and rejects its pending commands. */
export const CLIENT_OPTIONS = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // `prepare` checks whether the server is ready, and reports why it is not.
  enableReadyCheck: false,
  // Version 3 has other shapes of replies, and no feature that is used here.
  protocol: 2 as const,
  disableClientInfo: true,
  disconnectTimeout: 1,
} satisfies RedisOptions;
