import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { Bench, Side } from '../core/types.ts';
import { addOne, cartAddingSide, shopper } from '../sides/cart-adding.ts';
import { CALLERS, openStockedShop } from '../sides/reserving.ts';
import { closedLoop } from '../support/callers.ts';
import { AS_OPERATOR, skuName } from '../support/goods.ts';

/** New carts in a shop with three locations. `main` comes last, and has plenty of units. */

const LOCATIONS = ['berlin', 'paris'];

/** `units`: what each of the first two locations has. */
async function addLocations({ locations, stock }: Holdfast, units: number): Promise<void> {
  for (const id of LOCATIONS) {
    const defined = await locations.define({ id, priority: 1 }, AS_OPERATOR);
    const received = await stock.receive({ sku: skuName(0), quantity: units, location: id }, AS_OPERATOR);
    if (!defined.ok || !received.ok) throw new Error(`${id} cannot be supplied`);
  }
}

function threeLocationsSide(name: string, units: number): Side {
  return {
    name,
    unit: 'carts/s',
    open: async (plan) => {
      const shop = await openStockedShop({ name, skus: 1 }, plan);
      await addLocations(shop.holdfast, units);
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

const REACH = { atLeast: 0.8 };
const ONE = cartAddingSide(`add-to-cart, ${CALLERS} callers, one location`);

export const threeLocations: Bench = {
  key: 'three_locations',
  about: 'add-to-cart of one hot SKU at three locations, compared with one location',
  reach: REACH,
  a: threeLocationsSide(`add-to-cart, ${CALLERS} callers, three locations`, 1_000_000),
  b: ONE,
};

export const soldOutLocations: Bench = {
  key: 'sold_out_locations',
  about: 'the same after the first two locations have sold out',
  reach: REACH,
  a: threeLocationsSide(`add-to-cart, ${CALLERS} callers, two of three locations sold out`, 100),
  b: ONE,
};
