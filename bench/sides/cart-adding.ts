import type { Caller } from '../../src/contract/calls/call.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { shortHash } from '../../src/transact/documents/ids.ts';
import type { Side } from '../core/types.ts';
import { closedLoop } from '../support/callers.ts';
import { skuName } from '../support/goods.ts';
import { CALLERS, openStockedShop } from './reserving.ts';

/** A new shopper: an anonymous session, with the identity that the server derives from its id. */
export const shopper = (number: number): Caller => {
  const hash = shortHash('bench', String(number));
  return { kind: 'session', principal: hash, cartId: `crt_${hash}`, customer: null };
};

/** Adds a hold and its cart in one transaction, and returns the cart. Throws for a refusal. */
export async function addOne({ carts }: Holdfast, sku: string, caller: Caller): Promise<void> {
  const added = await carts.add({ sku, quantity: 1 }, { caller });
  if (!added.ok) throw new Error(`refused: ${JSON.stringify(added.refusal)}`);
}

/** New carts per second over Redis, each with a unit of the one SKU. `prepare` changes the shop before. */
export function cartAddingSide(name: string, prepare?: (holdfast: Holdfast) => Promise<void>): Side {
  return {
    name,
    unit: 'carts/s',
    open: async (plan) => {
      const shop = await openStockedShop({ name, skus: 1 }, plan);
      await prepare?.(shop.holdfast);
      let done = 0;
      return {
        round: async () => {
          const { calls, seconds } = await closedLoop({ callers: CALLERS, ms: plan.roundMs, from: done }, (number) =>
            addOne(shop.holdfast, skuName(0), shopper(number)),
          );
          done += calls;
          return { value: calls / seconds };
        },
        verify: () => shop.audit({ reserved: done }),
        close: () => shop.close(),
      };
    },
  };
}
