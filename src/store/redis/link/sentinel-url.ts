import { credentials, dbOf, type RedisTarget } from './redis-target.ts';

const PATTERN = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^/?@]+)\/([^/?]+)(?:\/([^/?]*))?(?:\?(.*))?$/;
const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/;
const SENTINEL_PORT = 26_379;
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Parses `redis+sentinel://[user][:password@]host[:port][,host[:port]...]/master[/db]`, and `rediss+sentinel://` for
 * TLS to the master. `?sentinelUsername=` and `?sentinelPassword=` are for the sentinels, `?sentinelTls=yes` for TLS to
 * them. Throws `TypeError` or `URIError`, whose messages have no password.
 */
export function sentinelTarget(text: string): RedisTarget {
  const [, scheme, user = '', hosts = '', master = '', dbText = '', query = ''] = PATTERN.exec(text) ?? [];
  if (!scheme) throw new TypeError('a Sentinel URL is redis+sentinel://HOST[:PORT],HOST[:PORT].../MASTER');
  const sentinels = hosts.split(',').map(addressOf);
  const name = decodeURIComponent(master);
  const parameters = new URLSearchParams(query);
  const db = dbOf(dbText || parameters.get('db') || '0');
  const options = {
    sentinels,
    name,
    db,
    ...credentials(...userOf(user)),
    ...sentinelCredentials(parameters),
    ...(scheme === 'rediss' ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    ...(parameters.get('sentinelTls') === 'yes' ? { sentinelTLS: {} } : {}),
    role: 'master' as const,
    connectTimeout: CONNECT_TIMEOUT_MS,
    sentinelRetryStrategy: () => null,
    // `SentinelWatch` does it once for all connections, and logs no traces of sentinels that are down.
    failoverDetector: false,
  };
  const listed = sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
  const connectTimeoutMs = CONNECT_TIMEOUT_MS * (sentinels.length + 1);
  return { options, db, description: `${scheme}+sentinel://${listed}/${name}`, connectTimeoutMs };
}

function addressOf(text: string): { host: string; port: number } {
  const [, v6, name, port] = ADDRESS.exec(text) ?? [];
  const host = v6 ?? name;
  if (!host || Number(port) > 65_535) throw new TypeError('a Sentinel URL names an address that cannot be parsed');
  return { host: decodeURIComponent(host), port: port === undefined ? SENTINEL_PORT : Number(port) };
}

function userOf(text: string): [username: string | null, password: string | null] {
  const colon = text.indexOf(':');
  if (colon < 0) return [decodeURIComponent(text), null];
  return [decodeURIComponent(text.slice(0, colon)), decodeURIComponent(text.slice(colon + 1))];
}

function sentinelCredentials(parameters: URLSearchParams) {
  const { username, password } = credentials(parameters.get('sentinelUsername'), parameters.get('sentinelPassword'));
  return {
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
  };
}
