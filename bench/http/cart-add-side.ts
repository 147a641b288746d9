import type { Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import { BUILT_SERVER, CART_ADD, CONNECTIONS, openHttpShop, perSecond } from './http-shop.ts';

/** `cart.add` over HTTP, each call by a new shopper, on Redis with the durability that PostgreSQL has. */
export function cartAddSide(skus: number): Side {
  return {
    name: `Holdfast's server, cart.add, Redis with AOF always, ${goodsName(skus)}, ${CONNECTIONS} clients`,
    unit: 'requests/s',
    open: async (plan) => {
      const shop = await openHttpShop({ skus, fsync: 'always', servers: 1, entry: BUILT_SERVER });
      let acknowledged = 0;
      return {
        round: async (round) => {
          const loaded = await shop.load(CART_ADD, { ...plan, roundMs: warmedMs(plan, round) });
          acknowledged += loaded.requests;
          return perSecond(loaded);
        },
        verify: () => shop.audit(acknowledged),
        close: () => shop.close(),
      };
    },
  };
}

export const goodsName = (skus: number): string =>
  skus === 1 ? 'one hot SKU' : `${skus.toLocaleString('en')} SKUs uniformly`;
