import { isIP } from 'node:net';
import { clusterTarget } from './cluster-url.ts';
import {
  assertParameters,
  CONNECT_TIMEOUT_MS,
  credentials,
  dbOf,
  type RedisAddress,
  type RedisTarget,
} from './redis-target.ts';
import { sentinelTarget } from './sentinel-url.ts';

const SCHEMES = 'redis://, rediss://, redis+sentinel://, redis+cluster:// or unix:';

/**
 * Parses `redis://` and `rediss://` as IANA registers them (`[user][:password@]host[:port][/db]`), `unix:/path/to.sock`
 * with `?db=`, `?username=` and `?password=`, and the URLs of `sentinelTarget` and `clusterTarget`. Throws `TypeError`,
 * whose message names the problem and never contains the password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const scheme = /^(rediss?(?:\+(?:sentinel|cluster))?|unix):/.exec(text)?.[1];
  if (!scheme) throw new TypeError(`a Redis URL begins with ${SCHEMES}`);
  try {
    if (scheme.endsWith('+sentinel')) return sentinelTarget(text);
    if (scheme.endsWith('+cluster')) return clusterTarget(text);
    if (!URL.canParse(text)) throw new TypeError('the Redis URL cannot be parsed');
    const url = new URL(text);
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
  assertParameters(url.searchParams, ['db', 'username', 'password']);
  const db = dbOf(url.searchParams.get('db') ?? '0');
  const [username, password] = [url.searchParams.get('username'), url.searchParams.get('password')];
  const options = { path, db, ...credentials(username, password) };
  return { options, db, description: `unix:${path}`, connectTimeoutMs: CONNECT_TIMEOUT_MS };
}

function tcpTarget(url: URL, tls: boolean): RedisTarget {
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  if (host === '') throw new TypeError('the Redis URL names no host');
  assertParameters(url.searchParams, ['db']);
  const port = Number(url.port || 6379);
  const db = dbOf(url.pathname.slice(1) || url.searchParams.get('db') || '0');
  const options: RedisAddress = {
    host,
    port,
    db,
    ...credentials(decodeURIComponent(url.username), decodeURIComponent(url.password)),
    ...(tls ? { tls: isIP(host) ? {} : { servername: host } } : {}),
  };
  const description = `${tls ? 'rediss' : 'redis'}://${url.hostname}:${port}`;
  return { options, db, description, connectTimeoutMs: CONNECT_TIMEOUT_MS };
}
