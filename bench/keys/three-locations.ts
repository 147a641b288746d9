import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { Bench, Side } from '../core/types.ts';
import { cartAddingSide } from '../sides/cart-adding.ts';
import { CALLERS } from '../sides/reserving.ts';
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

const threeLocationsSide = (name: string, units: number): Side =>
  cartAddingSide(name, (holdfast) => addLocations(holdfast, units));

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
