import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The bits of an IPv6 address that name one site. A client owns all addresses of a /64. */
const IPV6_SITE_BITS = 64;
const LOOPBACK_NETWORKS = ['127.0.0.0/8', '::1/128'];
/** Addresses of the shop's own networks: a proxy or a backend has them, and serves many clients. */
const PRIVATE_RANGES = new Set(['unspecified', 'loopback', 'private', 'linkLocal', 'carrierGradeNat', 'uniqueLocal']);
/** The kinds of IPv6 addresses that contain an IPv4 address, with the byte at which it begins: 6to4 and NAT64. */
const EMBEDDED_AT = new Map([
  ['6to4', 2],
  ['rfc6052', 12],
  ['rfc6145', 12],
]);
/** `8.8.8.8:443`, `[2600::1]` and `[2600::1]:443`, as some proxies write them. */
const WITH_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^\]]*)\](?::\d{1,5})?)$/;

/** Returns the networks of `TRUST_PROXY`: addresses, networks and `loopback`. Throws for any other text. */
export const networksOf = (texts: readonly string[]): Network[] =>
  texts
    .flatMap((text) => (text === 'loopback' ? LOOPBACK_NETWORKS : text))
    .map((text) => {
      const [host = ''] = text.split('/', 1);
      // `ipaddr.js` also accepts forms such as 1.2.3, which are errors here.
      if (!ipaddr.IPv4.isValidFourPartDecimal(host) && !ipaddr.IPv6.isValid(host))
        throw new Error(`${text} is not a network`);
      if (text.includes('/')) return ipaddr.parseCIDR(text);
      const address = ipaddr.process(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    });

/** The part of a request from which its address follows. */
interface Addressed {
  socket: { remoteAddress?: string | undefined };
  headers: IncomingMessage['headers'];
}

/**
 * Returns the client of a request, for limits that count by client: an IPv4 address, or the /64 of an IPv6 address.
 * Returns null for a private address, because a proxy or a backend of the shop serves many clients, and for other text.
 */
export function clientOf(request: Addressed, trusted: readonly Network[] = []): string | null {
  const address = addressOf(request, trusted);
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (PRIVATE_RANGES.has(parsed.range())) return null;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return embeddedIpv4(parsed) ?? ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/${IPV6_SITE_BITS}`).toString();
}

/**
 * Returns the public IPv4 address in an IPv6 address; null without one. The owner of that address controls all IPv6
 * addresses that contain it.
 */
function embeddedIpv4(address: ipaddr.IPv4 | ipaddr.IPv6): string | null {
  const at = EMBEDDED_AT.get(address.range());
  if (at === undefined) return null;
  const embedded = ipaddr.fromByteArray(address.toByteArray().slice(at, at + 4));
  return PRIVATE_RANGES.has(embedded.range()) ? null : embedded.toString();
}

/**
 * Returns the address from which a request comes. It is the socket's address, or, behind trusted proxies, the last
 * address in `X-Forwarded-For` that is not a trusted proxy, without its port. The header may contain any text.
 */
export function addressOf({ socket, headers }: Addressed, trusted: readonly Network[]): string {
  let address = socket.remoteAddress ?? '';
  const { 'x-forwarded-for': header } = headers;
  if (trusted.length === 0 || header === undefined) return address;
  const forwarded = String(header)
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  while (isTrusted(address, trusted) && forwarded.length > 0) address = withoutPort(forwarded.pop() ?? '');
  return address;
}

function withoutPort(text: string): string {
  const [, ipv4, ipv6] = WITH_PORT.exec(text) ?? [];
  return ipv4 ?? ipv6 ?? text;
}

export function isTrusted(address: string, trusted: readonly Network[]): boolean {
  if (trusted.length === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network as never, bits));
}
