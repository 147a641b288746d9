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

/** Finds the shop of a request. The name is not checked. */
export interface ShopChoices {
  /**
   * Returns the shop of the header `X-Holdfast-Shop`, of the host name, of the key, or of the session, in this order.
   * The choice grants no rights: a shop accepts only its own keys and sessions.
   */
  ofRequest: (incoming: IncomingMessage) => ShopChoice;
  /** Returns the shop that the key names, whatever else the request names. */
  ofKey: (incoming: IncomingMessage) => ShopChoice;
}

export function shopChoices({ mainShop, hosts, shopOfTag }: ShopChoiceOptions): ShopChoices {
  const ofTexts = (texts: readonly (string | null | undefined)[]): ShopChoice => {
    let unknownTag: string | null = null;
    for (const tag of texts.flatMap((text) => tagIn(text ?? '') ?? [])) {
      const shop = shopOfTag(tag);
      if (shop !== null) return { shop, unknownTag };
      unknownTag ??= tag;
    }
    return { shop: mainShop, unknownTag };
  };
  return {
    ofRequest: (incoming) => {
      const { [SHOP_HEADER]: header, host = '' } = incoming.headers;
      const named = typeof header === 'string' ? header : hosts.get(hostNameOf(host));
      return named === undefined ? ofTexts([keyIn(incoming), sessionOf(incoming)]) : { shop: named, unknownTag: null };
    },
    ofKey: (incoming) => ofTexts([keyIn(incoming)]),
  };
}

const keyIn = ({ headers }: IncomingMessage): string | undefined => tokenOf(headers.authorization ?? '');

/** A host name may end with the dot of the DNS root. */
const hostNameOf = (host: string): string => host.replace(/\.?(?::\d+)?$/, '').toLowerCase();
