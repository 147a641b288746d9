/** A server's address. */
export interface Place {
  host: string;
  port: number;
}

export const REDIS_PORT = 6_379;

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/;

/** Parses `host[:port][,host[:port]...]` of a URL. Throws `TypeError`, or `URIError` for a bad percent code. */
export const placesOf = (hosts: string, defaultPort: number): Place[] =>
  hosts.split(',').map((text) => {
    const [, v6, name, port] = ADDRESS.exec(text) ?? [];
    const host = v6 ?? name;
    if (!host || Number(port) > 65_535) throw new TypeError('the Redis URL names an address that cannot be parsed');
    return { host: decodeURIComponent(host), port: port === undefined ? defaultPort : Number(port) };
  });

export const listed = (places: readonly Place[]): string => places.map(({ host, port }) => `${host}:${port}`).join(',');

/** Parses `user[:password]` of a URL. */
export function userOf(text: string): [username: string | null, password: string | null] {
  const colon = text.indexOf(':');
  if (colon < 0) return [decodeURIComponent(text), null];
  return [decodeURIComponent(text.slice(0, colon)), decodeURIComponent(text.slice(colon + 1))];
}
