// The arrivals for one SKU rise beyond the server's capacity and then return to the initial rate. A refused shopper
// leaves. One in ten of those with a unit buys it, so that checkouts are under the same pressure.
import { Counter } from 'k6/metrics';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { chance } from '../lib/draw.ts';
import { option, sku } from '../lib/plan.ts';
import { walkIn } from '../lib/shopper.ts';
import { recordEvent } from '../lib/record-event.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const BUYS = 1 / 10;
/** Within it the server answers every call, even if only with `outcome_unknown`. */
const CALL_MS_MAX = 10_000;
const calm = { rate: option('calm-rate'), seconds: option('calm-seconds') };
const top = option('rate');
/** Under any load the server serves at least half of its rate without overload. */
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
      // The run proves something only if the load exceeds the server's capacity.
      refused_overloaded: ['count>0'],
      'refused_overloaded{phase:warmup}': ['count==0'],
      'refused_overloaded{phase:after}': ['count==0'],
      'served{phase:ramp}': [`count>=${SERVED_MIN}`],
      // k6 is limited too: it drops arrivals while all its virtual users are busy.
      dropped_iterations: [],
      'dropped_iterations{phase:after}': ['count==0'],
      'cart_add{phase:ramp}': [`max<${CALL_MS_MAX}`],
      'checkout_place{phase:ramp}': [`max<${CALL_MS_MAX}`],
    },
  },
);

expectRefusals('overloaded');

export function setup(): void {
  recordEvent('begun', { at: Date.now() });
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
