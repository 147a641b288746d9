// Many more shoppers than units of one SKU: every shopper reads the availability, adds one unit, and buys it. The
// warm-up does the same with a SKU in ample supply.
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { openModel, phase } from '../lib/executors.ts';
import { option, sku } from '../lib/plan.ts';
import { enter } from '../lib/shopper.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

/** Created before the start, because virtual users that k6 creates during the sale would look like a slow server. */
const BUSY_SECONDS = 3;

const units = option('units');
const isSoldOut = option('rate') * option('seconds') > units;

export const options = openModel(
  {
    warmup: { rate: option('warmup-rate'), seconds: option('warmup-seconds') },
    sale: { rate: option('rate'), seconds: option('seconds'), busyMax: option('rate') * BUSY_SECONDS },
  },
  {
    thresholds: {
      'units_sold{phase:sale}': [
        { threshold: `count<=${units}`, abortOnFail: true },
        ...(isSoldOut ? [`count==${units}`] : []),
      ],
    },
  },
);

expectRefusals('insufficient_stock');

export default function buyOne(): void {
  const wanted = sku(phase() === 'warmup' ? 'warm-up' : 'sale');
  const shopper = enter();
  if (!shopper?.look(wanted).ok) return;
  const added = shopper.add(wanted);
  if (!added.ok) return;
  const [line, ...others] = added.value.lines;
  const isHeld = line?.sku === wanted && line.quantity === 1 && others.length === 0;
  claim('the cart holds the one unit', isHeld, () => added.value);
  const bought = shopper.checkOut();
  if (bought.ok) claim('the one unit is sold', isOrderOf(new Map([[wanted, 1]]), bought.value), () => bought.value);
}
