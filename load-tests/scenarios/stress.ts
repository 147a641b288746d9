// More and more shoppers want one SKU, until more come than the server can serve; then as few as at the beginning. Whoever
// is refused goes away. One in ten of those who got a unit buys it, so that checkouts are under the same pressure.
import { Counter } from 'k6/metrics';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { chance } from '../lib/draw.ts';
import { option, sku } from '../lib/plan.ts';
import { walkIn } from '../lib/shopper.ts';
import { recordFact } from '../lib/record-fact.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const BUYS = 1 / 10;
/** Within it the server answers every call, if only that it cannot know. */
const CALL_MS_MAX = 10_000;
const calm = { rate: option('calm-rate'), seconds: option('calm-seconds') };
const top = option('rate');
/** Under any load the server serves at least half of what it serves in the calm. */
const SERVED_MIN = Math.floor((calm.rate * (option('ramp-seconds') + option('top-seconds'))) / 2);

const served = new Counter('served');

export const options = openModel(
  {
    warmup: calm,
    ramp: {
      startRate: calm.rate,
      stages: [
        { rate: top, seconds: option('ramp-seconds') },
        { rate: top, seconds: option('top-seconds') },
      ],
      busyMax: option('busy'),
    },
    settling: { rate: calm.rate, seconds: option('settle-seconds'), busyMax: 500 },
    after: calm,
  },
  {
    thresholds: {
      // The server has to be asked for more than it can do, or nothing is shown.
      refused_overloaded: ['count>0'],
      'refused_overloaded{phase:warmup}': ['count==0'],
      'refused_overloaded{phase:after}': ['count==0'],
      'served{phase:ramp}': [`count>=${SERVED_MIN}`],
      // k6 has its limits too: with all its virtual users busy it drops arrivals.
      dropped_iterations: [],
      'dropped_iterations{phase:after}': ['count==0'],
      'cart_add{phase:ramp}': [`max<${CALL_MS_MAX}`],
      'checkout_place{phase:ramp}': [`max<${CALL_MS_MAX}`],
    },
  },
);

expectRefusals('overloaded');

export function setup(): void {
  recordFact('begun', { at: Date.now() });
}

export default function want(): void {
  const shopper = walkIn();
  const wanted = sku('wanted');
  if (!shopper.add(wanted).ok) return;
  served.add(1);
  if (!chance(BUYS)) return;
  const bought = shopper.checkOut();
  if (bought.ok) claim('the one unit is sold', isOrderOf(new Map([[wanted, 1]]), bought.value), () => bought.value);
}
