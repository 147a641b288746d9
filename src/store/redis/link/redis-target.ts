import type { RedisOptions } from 'ioredis';
import type { Place } from './host-list.ts';

/** The certificates of a TLS connection in PEM. `ca` is added to the system's authorities. */
export interface RedisTls {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** The options of ioredis for the server's address and the credentials. With `sentinels` they name the master. */
export interface RedisAddress extends SentinelOptions {
  host?: string;
  port?: number;
  path?: string;
  db: number;
  username?: string;
  password?: string;
  tls?: { servername?: string } & RedisTls;
}

type SentinelOptions = Pick<
  RedisOptions,
  | 'Connector'
  | 'connectTimeout'
  | 'enableTLSForSentinelMode'
  | 'failoverDetector'
  | 'name'
  | 'role'
  | 'sentinelPassword'
  | 'sentinelRetryStrategy'
  | 'sentinelTLS'
  | 'sentinelUsername'
> & { sentinels?: Place[] };

export interface RedisTarget {
  options: RedisAddress;
  db: number;
  /** How long it may take to find the server and to connect. */
  connectTimeoutMs: number;
  /** The server's address without credentials, for messages. */
  description: string;
  /** Nodes of a cluster, which know the master of the shop. */
  seeds?: readonly Place[];
}

export const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Throws `TypeError` for a parameter of the URL's query that is not one of `names`. The message omits it, because it
 * can be a part of a password.
 */
export function assertParameters(parameters: URLSearchParams, names: readonly string[]): void {
  if ([...parameters.keys()].every((name) => names.includes(name))) return;
  throw new TypeError(`the query of such a Redis URL accepts only ${names.map((name) => `?${name}=`).join(', ')}`);
}

const DB_PATTERN = /^\d{1,5}$/;

export function dbOf(text: string): number {
  if (!DB_PATTERN.test(text)) throw new TypeError('the database of a Redis URL is a number');
  return Number(text);
}

export function credentials(
  username: string | null,
  password: string | null,
): Pick<RedisAddress, 'username' | 'password'> {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
