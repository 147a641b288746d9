// Shoppers buy units that several locations have. A line may need several of them, and some shoppers rank or pin the
// locations.
import { claim } from '../lib/claims.ts';
import { between, chance, oneOf } from '../lib/draw.ts';
import { openModel } from '../lib/executors.ts';
import { goods, option } from '../lib/plan.ts';
import { enter } from '../lib/shopper.ts';
import { expectRefusals } from '../lib/wire.ts';
import type { Allocation } from '../../src/contract/output-fields.ts';

export { handleSummary } from '../lib/summary.ts';

const QUANTITY_MAX = 6;
const CHANGES_SHARE = 0.3;

export const options = openModel({
  warmup: { rate: option('warmup-rate'), seconds: option('warmup-seconds') },
  sale: { rate: option('rate'), seconds: option('seconds') },
});

expectRefusals('insufficient_stock');

const LOCATIONS = Array.from({ length: option('locations') }, (_, index) => (index === 0 ? 'main' : `place-${index}`));

interface Wish {
  locations?: string[];
  sourcing?: 'priority' | 'fewest_parcels';
}

/** How a shopper wants the units. Most leave it to the shop. */
const WISHES: readonly (() => Wish)[] = [
  () => ({}),
  () => ({}),
  () => ({ sourcing: 'fewest_parcels' }),
  () => ({ locations: LOCATIONS.toReversed() }),
  () => ({ locations: [oneOf(LOCATIONS)] }),
];

export default function buy(): void {
  const shopper = enter();
  const [{ sku }, quantity, wish] = [oneOf(goods), between(1, QUANTITY_MAX), oneOf(WISHES)()];
  if (!shopper?.look(sku).ok) return;
  const added = shopper.add(sku, quantity, wish);
  if (!added.ok) return;
  let wanted = quantity;
  let line = added.value.lines[0];
  claim('a line has its units at different locations', isSplit(line, wanted, wish), () => ({ wish, added }));
  if (chance(CHANGES_SHARE)) {
    const changed = shopper.setQuantity(sku, between(1, QUANTITY_MAX), wish);
    if (changed.ok) {
      [line, wanted] = [changed.value.lines[0], changed.value.lines[0]?.quantity ?? 0];
      claim('a changed line has its units at different locations', isSplit(line, wanted, wish), () => ({
        wish,
        changed,
      }));
    }
  }
  const bought = shopper.checkOut();
  if (!bought.ok) return;
  const sold = bought.value.lines[0]?.allocations;
  claim('an order takes the units from where the cart had them', isSame(line?.allocations, sold), () => ({
    line,
    bought,
  }));
}

/** Whether a line has exactly these units, each location once, and only locations of the wish. */
function isSplit(
  line: { quantity: number; allocations?: readonly Allocation[] } | undefined,
  wanted: number,
  { locations = LOCATIONS }: Wish,
): boolean {
  const parts = line?.allocations ?? [];
  const units = parts.reduce((sum, { quantity }) => sum + quantity, 0);
  const places = new Set(parts.map(({ location }) => location));
  return (
    line?.quantity === wanted &&
    units === wanted &&
    places.size === parts.length &&
    parts.every(({ location, quantity }) => quantity > 0 && locations.includes(location))
  );
}

const textOf = (parts: readonly Allocation[] = []): string =>
  parts
    .map(({ location, quantity }) => `${location} ${quantity}`)
    .toSorted()
    .join();

const isSame = (one: readonly Allocation[] | undefined, other: readonly Allocation[] | undefined): boolean =>
  one !== undefined && textOf(one) === textOf(other);
