import type { IncomingMessage } from 'node:http';
import { tokenOf } from '../../api/callers/key-ring.ts';
import { tagIn } from '../../api/callers/sessions.ts';
import { SHOP_HEADER } from '../../contract/shop-header.ts';
import { sessionOf } from '../../http/listener/session-header.ts';

export interface ShopChoiceOptions {
  /** The shop of requests that name none. */
  mainShop: string;
  /** The shops of host names, in small letters and without a port. */
  hosts: ReadonlyMap<string, string>;
  /** Returns the shop whose keys and sessions have a tag; null if there is none. */
  shopOfTag: (tag: string) => string | null;
}

/** Which shop a request names. */
export interface ShopChoice {
  shop: string;
  /** The tag of a key or session that no known shop has. The shop may have been created since the last read. */
  unknownTag: string | null;
}

/**
 * Returns a function from a request to its shop: that of the header `X-Holdfast-Shop`, of the host name, of the key, or
 * of the session, in this order. The name is not checked. The choice grants no rights: a shop accepts only its own keys
 * and sessions.
 */
export function shopChoice({
  mainShop,
  hosts,
  shopOfTag,
}: ShopChoiceOptions): (incoming: IncomingMessage) => ShopChoice {
  return (incoming) => {
    const { [SHOP_HEADER]: header, host = '' } = incoming.headers;
    const named = typeof header === 'string' ? header : hosts.get(hostNameOf(host));
    if (named !== undefined) return { shop: named, unknownTag: null };
    let unknownTag: string | null = null;
    for (const tag of tagsIn(incoming)) {
      const shop = shopOfTag(tag);
      if (shop !== null) return { shop, unknownTag };
      unknownTag ??= tag;
    }
    return { shop: mainShop, unknownTag };
  };
}

/** Returns the tags of the key and of the session of a request. */
const tagsIn = (incoming: IncomingMessage): string[] =>
  [tokenOf(incoming.headers.authorization ?? ''), sessionOf(incoming)].flatMap((text) => tagIn(text ?? '') ?? []);

const hostNameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();
