import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { isPublicAddress } from '../../adapters/target-check.ts';

export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The bits of an IPv6 address that name one site. A client owns all addresses of a /64. */
const IPV6_SITE_BITS = 64;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Returns the networks of `TRUST_PROXY`: addresses, networks and `loopback`. Throws for any other text. */
export const networksOf = (texts: readonly string[]): Network[] =>
  texts
    .flatMap((text) => (text === 'loopback' ? LOOPBACK : text))
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
 * Returns null for an address that is not public, because a proxy or a backend of the shop serves many clients.
 */
export function clientOf(request: Addressed, trusted: readonly Network[] = []): string | null {
  const address = addressOf(request, trusted);
  if (!isPublicAddress(address)) return null;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_SITE_BITS}`).toString();
}

/**
 * Returns the address from which a request comes: that of the socket. While that is a trusted proxy, the next address
 * in `X-Forwarded-For` counts, from the right. It may be any text, which a proxy has forwarded.
 */
export function addressOf({ socket, headers }: Addressed, trusted: readonly Network[]): string {
  let address = socket.remoteAddress ?? '';
  const { 'x-forwarded-for': header } = headers;
  if (trusted.length === 0 || header === undefined) return address;
  const forwarded = String(header).split(',');
  while (isTrusted(address, trusted) && forwarded.length > 0) address = forwarded.pop()?.trim() ?? '';
  return address;
}

export function isTrusted(address: string, trusted: readonly Network[]): boolean {
  if (trusted.length === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network as never, bits));
}
