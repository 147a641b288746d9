import type { RedisOptions } from 'ioredis';
import { listed, placesOf, userOf } from './host-list.ts';
import { MasterFinder } from './master-finder.ts';
import { assertParameters, credentials, dbOf, type RedisTarget } from './redis-target.ts';

const SENTINEL_URL = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^/?@]+)\/([^/?]+)(?:\/([^/?]*))?(?:\?(.*))?$/;
const SENTINEL_PORT = 26_379;
const SENTINEL_TIMEOUT_MS = 1_000;

/**
 * Parses `redis+sentinel://[user][:password@]host[:port][,host[:port]...]/master[/db]`, and `rediss+sentinel://` for
 * TLS to the master. `?sentinelUsername=` and `?sentinelPassword=` are for the sentinels, `?sentinelTls=yes` for TLS to
 * them. Throws `TypeError` or `URIError`, whose messages have no password.
 */
export function sentinelTarget(text: string): RedisTarget {
  const [, scheme, user = '', hosts = '', master = '', dbText = '', query = ''] = SENTINEL_URL.exec(text) ?? [];
  if (!scheme) throw new TypeError('a Sentinel URL is redis+sentinel://HOST[:PORT],HOST[:PORT].../MASTER');
  const sentinels = placesOf(hosts, SENTINEL_PORT);
  const name = decodeURIComponent(master);
  const parameters = new URLSearchParams(query);
  assertParameters(parameters, ['db', 'sentinelUsername', 'sentinelPassword', 'sentinelTls']);
  const sentinelTls = parameters.get('sentinelTls') ?? 'no';
  if (!/^(yes|no)$/.test(sentinelTls)) throw new TypeError('sentinelTls of a Redis URL is yes or no');
  const db = dbOf(dbText || parameters.get('db') || '0');
  const options = {
    Connector: MasterFinder as NonNullable<RedisOptions['Connector']>,
    sentinels,
    name,
    db,
    ...credentials(...userOf(user)),
    ...sentinelCredentials(parameters),
    ...(scheme === 'rediss' ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    ...(sentinelTls === 'yes' ? { sentinelTLS: {} } : {}),
    role: 'master' as const,
    connectTimeout: SENTINEL_TIMEOUT_MS,
    sentinelRetryStrategy: () => null,
    // `SentinelWatch` does it once for all connections, and logs no traces of sentinels that are down.
    failoverDetector: false,
  };
  const connectTimeoutMs = SENTINEL_TIMEOUT_MS * (sentinels.length + 1);
  return { options, db, description: `${scheme}+sentinel://${listed(sentinels)}/${name}`, connectTimeoutMs };
}

function sentinelCredentials(parameters: URLSearchParams) {
  const { username, password } = credentials(parameters.get('sentinelUsername'), parameters.get('sentinelPassword'));
  return {
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
  };
}
