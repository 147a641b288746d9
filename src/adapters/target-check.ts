import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** All addresses of a host name; rejects when there are none. */
export type Resolve = (hostname: string) => Promise<{ address: string; family: number }[]>;

export const resolveByDns: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

/** Why a target is not taken, for operators. `code` stands in the list of dead letters. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
  readonly code = 'private_address';
}

/** Where the addresses of the public internet lie. */
const IPV6_HANDED_OUT = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the public internet. All else is somebody's own: loopback, private and link-local networks,
 * carriers' NAT, metadata services, and IPv6 forms that carry an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  // All else that counts as unicast was never handed out or given up, as `::a.b.c.d`: overlay networks use `200::/7`.
  if (parsed.kind() === 'ipv6' && !parsed.match(IPV6_HANDED_OUT)) return false;
  return parsed.range() === 'unicast';
}

/** Of a URL that is well-formed, the host as a name or an address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** What the URL alone says against it; null: nothing. */
export function urlProblem(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'takes a URL like https://shop.example/hooks';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && !(allowPrivate && protocol === 'http:')) {
    return `takes a URL that begins with https://${allowPrivate ? ' or http://' : ''}`;
  }
  if (username !== '' || password !== '') return 'takes a URL without user name and password';
  return hash === '' ? null : 'takes a URL without a fragment';
}

/**
 * The addresses of a host, every one of which may be connected to. Throws `TargetRefused` when any may not: a name that
 * stands for a public and a private address is an attempt at something.
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
