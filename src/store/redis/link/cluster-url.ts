import { listed, placesOf, REDIS_PORT, userOf } from './host-list.ts';
import { CONNECT_TIMEOUT_MS, credentials, type RedisTarget } from './redis-target.ts';

const CLUSTER_URL = /^(rediss?)\+cluster:\/\/(?:([^@/]*)@)?([^/?@]+)\/?$/;

/**
 * Parses `redis+cluster://[user][:password@]host[:port][,host[:port]...]`, and `rediss+cluster://` for TLS. Throws
 * `TypeError` or `URIError`, whose messages have no password.
 */
export function clusterTarget(text: string): RedisTarget {
  const [, scheme, user = '', hosts = ''] = CLUSTER_URL.exec(text) ?? [];
  if (!scheme) throw new TypeError('a Cluster URL is redis+cluster://HOST[:PORT],HOST[:PORT]..., without a database');
  const seeds = placesOf(hosts, REDIS_PORT);
  const options = { db: 0, ...credentials(...userOf(user)), ...(scheme === 'rediss' ? { tls: {} } : {}) };
  const description = `${scheme}+cluster://${listed(seeds)}`;
  return { options, db: 0, description, connectTimeoutMs: CONNECT_TIMEOUT_MS, seeds };
}
