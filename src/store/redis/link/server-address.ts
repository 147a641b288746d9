import type { Redis } from 'ioredis';
import { addressAt } from './cluster-view.ts';
import { placesOf, REDIS_PORT } from './host-list.ts';
import type { RedisAddress } from './redis-target.ts';

const UNIX = 'unix:';

/** Returns the address that a connection has reached, as text; '' where it is unknown. A name is resolved. */
export function reachedAddress({ options, stream }: Redis): string {
  if (options.path) return `${UNIX}${options.path}`;
  const { remoteAddress: host, remotePort: port } = stream;
  if (host === undefined || port === undefined) return '';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns an address of `reachedAddress` with the credentials and the TLS options of `base`. */
export function reachedAddressOf(reached: string, base: RedisAddress): RedisAddress {
  const { host: _host, port: _port, path: _path, ...named } = base;
  const { Connector: _connector, sentinels: _sentinels, name: _name, role: _role, ...rest } = named;
  if (reached.startsWith(UNIX)) return { ...rest, path: reached.slice(UNIX.length) };
  const [place] = placesOf(reached, REDIS_PORT);
  return place ? addressAt(place, rest) : rest;
}
