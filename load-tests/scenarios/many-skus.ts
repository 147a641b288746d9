// A whole catalog in which few SKUs are popular. A third of the shoppers buys the whole list in one call, without a
// cart; the others fill a cart, and one in ten of them abandons it.
import { Counter } from 'k6/metrics';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { between, chance, zipf } from '../lib/draw.ts';
import { openModel } from '../lib/executors.ts';
import { goods, option, sku } from '../lib/plan.ts';
import { enter, type Shopper } from '../lib/shopper.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const BUYS_AT_ONCE = 1 / 3;
const LEAVES = 1 / 10;
const QUANTITY_MAX = 2;

/** Units of each SKU. */
type List = Map<string, number>;

const unitsLeft = new Counter('units_left_in_carts');

export const options = openModel({
  warmup: { rate: option('warmup-rate'), seconds: option('warmup-seconds') },
  sale: { rate: option('rate'), seconds: option('seconds') },
});

expectRefusals('insufficient_stock');

export default function shop(): void {
  const wanted = shoppingList();
  const shopper = enter();
  if (!shopper?.look(...wanted.keys()).ok) return;
  if (chance(BUYS_AT_ONCE)) buyAtOnce(shopper, wanted);
  else fillCart(shopper, wanted);
}

function shoppingList(): List {
  const list: List = new Map();
  for (let lines = between(1, option('lines')); lines > 0; lines -= 1) {
    list.set(sku(`${zipf(goods.length, option('skew') / 100)}`), between(1, QUANTITY_MAX));
  }
  return list;
}

function buyAtOnce(shopper: Shopper, wanted: List): void {
  const items = [...wanted].map(([sku, quantity]) => ({ sku, quantity }));
  const bought = shopper.checkOut({ items });
  if (bought.ok) {
    claim('all of the list is sold', isOrderOf(wanted, bought.value), () => bought.value);
    return;
  }
  const left = shopper.cart();
  if (left.ok) claim('a refused checkout leaves nothing held', left.value.lines.length === 0, () => left.value);
}

function fillCart(shopper: Shopper, wanted: List): void {
  const got: List = new Map([...wanted].filter(([sku, quantity]) => shopper.add(sku, quantity).ok));
  if (got.size === 0) return;
  if (chance(LEAVES)) {
    unitsLeft.add([...got.values()].reduce((sum, quantity) => sum + quantity, 0));
    return;
  }
  const bought = shopper.checkOut();
  if (bought.ok) claim('all of the cart is sold', isOrderOf(got, bought.value), () => bought.value);
}
