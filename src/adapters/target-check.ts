import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Resolves with all addresses of a host name. Rejects if it has none. */
export type Resolve = (hostname: string) => Promise<{ address: string; family: number }[]>;

export const resolveByDns: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

/** The target of a webhook is not allowed. `code` appears in the list of dead letters. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
  readonly code = 'private_address';
}

/** The range of all allocated public IPv6 addresses. */
const IPV6_ALLOCATED = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Returns whether an address belongs to the public internet. Not public are loopback, private and link-local networks,
 * carrier-grade NAT, metadata services, and IPv6 addresses that embed an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  // Other unicast ranges are unallocated or deprecated, like `::a.b.c.d`. Overlay networks use `200::/7`.
  if (parsed.kind() === 'ipv6' && !parsed.match(IPV6_ALLOCATED)) return false;
  return parsed.range() === 'unicast';
}

/** Returns the host of a URL: a name, or an address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Returns the reason to refuse a URL that is known without a look-up of its name; null if there is none. */
export function urlProblem(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'must be a URL like https://shop.example/hooks';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && !(allowPrivate && protocol === 'http:')) {
    return `must be a URL that begins with https://${allowPrivate ? ' or http://' : ''}`;
  }
  if (username !== '' || password !== '') return 'must be a URL without user name and password';
  return hash === '' ? null : 'must be a URL without a fragment';
}

/**
 * Resolves with the addresses of a host, all of them allowed. Rejects with `TargetRefused` if any address is private: a
 * name with a public and a private address is suspicious.
 */
export async function checkedAddresses(
  hostname: string,
  { resolve, allowPrivate }: { resolve: Resolve; allowPrivate: boolean },
): Promise<{ address: string; family: number }[]> {
  const literal = ipaddr.isValid(hostname) ? [{ address: hostname, family: hostname.includes(':') ? 6 : 4 }] : null;
  const addresses = literal ?? (await resolve(hostname));
  if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new TargetRefused('the name or address belongs to a private network');
  }
  return addresses;
}
