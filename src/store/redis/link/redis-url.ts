import { isIP } from 'node:net';

/** The certificates of a TLS connection in PEM. `ca` is added to the system's authorities. */
export interface RedisTls {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** The options of ioredis for the server's address and the credentials. */
export interface RedisAddress {
  host?: string;
  port?: number;
  path?: string;
  db: number;
  username?: string;
  password?: string;
  tls?: { servername?: string } & RedisTls;
}

export interface RedisTarget {
  options: RedisAddress;
  db: number;
  /** The server's address without credentials, for messages. */
  description: string;
}

const DB_PATTERN = /^\d{1,5}$/;

/**
 * Parses `redis://` and `rediss://` as IANA registers them (`[user][:password@]host[:port][/db]`), and
 * `unix:/path/to.sock` with `?db=`, `?username=` and `?password=`. Throws `TypeError`, whose message names the problem
 * and never contains the password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const scheme = /^(redis|rediss|unix):/.exec(text)?.[1];
  if (!scheme) throw new TypeError('a Redis URL begins with redis://, rediss:// or unix:');
  if (!URL.canParse(text)) throw new TypeError('the Redis URL cannot be parsed');
  const url = new URL(text);
  try {
    return scheme === 'unix' ? unixTarget(url) : tcpTarget(url, scheme === 'rediss');
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    const problem = 'the Redis URL has a % that is not followed by two hexadecimal digits of UTF-8: write % as %25';
    throw new TypeError(problem, { cause: error });
  }
}

function unixTarget(url: URL): RedisTarget {
  const path = decodeURIComponent(url.pathname);
  if (url.host !== '' || !path.startsWith('/') || path === '/') {
    throw new TypeError('a unix: URL names an absolute path, like unix:/run/redis.sock');
  }
  const db = dbOf(url.searchParams.get('db') ?? '0');
  const [username, password] = [url.searchParams.get('username'), url.searchParams.get('password')];
  return { options: { path, db, ...credentials(username, password) }, db, description: `unix:${path}` };
}

function tcpTarget(url: URL, tls: boolean): RedisTarget {
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  if (host === '') throw new TypeError('the Redis URL names no host');
  const port = Number(url.port || 6379);
  const db = dbOf(url.pathname.slice(1) || url.searchParams.get('db') || '0');
  const options: RedisAddress = {
    host,
    port,
    db,
    ...credentials(decodeURIComponent(url.username), decodeURIComponent(url.password)),
    ...(tls ? { tls: isIP(host) ? {} : { servername: host } } : {}),
  };
  return { options, db, description: `${tls ? 'rediss' : 'redis'}://${url.hostname}:${port}` };
}

function dbOf(text: string): number {
  if (!DB_PATTERN.test(text)) throw new TypeError('the database of a Redis URL is a number');
  return Number(text);
}

function credentials(username: string | null, password: string | null): Pick<RedisAddress, 'username' | 'password'> {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
