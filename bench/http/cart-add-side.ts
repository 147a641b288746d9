import type { Figure, Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import type { Fsync } from '../support/redis-shop.ts';
import { BUILT_SERVER, CART_ADD, CONNECTIONS, type Loaded, openHttpShop, perSecond } from './http-shop.ts';

export interface CartAddOptions {
  /** Distinguishes the side from others with the same goods. */
  label?: string;
  /** More settings of the server. */
  env?: Record<string, string>;
  fsync?: Fsync;
  unit?: string;
  figure?: (loaded: Loaded) => Figure;
}

/** `cart.add` over HTTP, each call by a new shopper, on Redis with the durability that PostgreSQL has. */
export function cartAddSide(skus: number, options: CartAddOptions = {}): Side {
  const { label = '', env = {}, fsync = 'always', unit = 'requests/s', figure = perSecond } = options;
  return {
    name: `Holdfast's server, cart.add${label}, Redis with AOF ${fsync}, ${goodsName(skus)}, ${CONNECTIONS} clients`,
    unit,
    open: async (plan) => {
      const shop = await openHttpShop({ skus, fsync, servers: 1, entry: BUILT_SERVER, env });
      let acknowledged = 0;
      return {
        round: async (round) => {
          const loaded = await shop.load(CART_ADD, { ...plan, roundMs: warmedMs(plan, round) });
          acknowledged += loaded.requests;
          return figure(loaded);
        },
        verify: () => shop.audit(acknowledged),
        close: () => shop.close(),
      };
    },
  };
}

export const goodsName = (skus: number): string =>
  skus === 1 ? 'one hot SKU' : `${skus.toLocaleString('en')} SKUs uniformly`;
