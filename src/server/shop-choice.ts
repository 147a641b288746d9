import type { IncomingMessage } from 'node:http';
import { tokenOf } from '../api/key-ring.ts';
import { tagIn } from '../api/sessions.ts';
import { SHOP_HEADER } from '../contract/shop-header.ts';
import { sessionOf } from '../http/listener/session-header.ts';

export interface ShopChoiceOptions {
  /** The shop of requests that name none. */
  mainShop: string;
  /** The shops of host names, in small letters and without a port. */
  hosts: ReadonlyMap<string, string>;
  /** Returns the shop whose keys and sessions have a tag; null if there is none. */
  tagged: (tag: string) => string | null;
}

/**
 * Returns a function from a request to the name of its shop: that of the header `X-Holdfast-Shop`, of the host name, of
 * the key, or of the session, in this order. The name is not checked. It decides only who answers: a shop accepts no
 * keys and sessions of another one.
 */
export function shopChoice({ mainShop, hosts, tagged }: ShopChoiceOptions): (incoming: IncomingMessage) => string {
  const ofTag = (text: string | null): string | null => {
    const tag = text === null ? null : tagIn(text);
    return tag === null ? null : tagged(tag);
  };
  return (incoming) => {
    const { [SHOP_HEADER]: named, host = '', authorization = '' } = incoming.headers;
    if (typeof named === 'string') return named;
    return (
      hosts.get(hostNameOf(host)) ?? ofTag(tokenOf(authorization) ?? null) ?? ofTag(sessionOf(incoming)) ?? mainShop
    );
  };
}

const hostNameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();
