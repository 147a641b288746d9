// A flash sale during which the store and the server are killed. Shoppers retry with the same key until they have a
// final answer; one in five abandons the cart. A probe checks all the time whether the shop accepts changes.
import exec from 'k6/execution';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { enterPatiently } from '../lib/patient-shopper.ts';
import { option, sku } from '../lib/plan.ts';
import { enter, type Shopper } from '../lib/shopper.ts';
import { recordEvent } from '../lib/record-event.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const KEEPERS_EVERY = 5;
const PROBES_A_SECOND = 10;
const [rate, seconds, warmupSeconds] = [option('rate'), option('seconds'), option('warmup-seconds')];
// Shoppers that arrive during an outage stay until it ends.
const busyMax = Math.max(100, rate * 12);

export const options = openModel(
  {
    warmup: { rate, seconds: warmupSeconds },
    sale: { rate, seconds, busyMax },
    probe: { exec: 'probe', rate: PROBES_A_SECOND, seconds: warmupSeconds + seconds, startSeconds: 0, busyMax: 150 },
  },
  {
    thresholds: {
      // Allowed only during an outage. The runner checks this with the probe.
      server_faults: [],
      transport_faults: [],
      'server_faults{phase:warmup}': ['count==0'],
      'transport_faults{phase:warmup}': ['count==0'],
      gave_up: ['count==0'],
    },
  },
);

expectRefusals('insufficient_stock', 'store_unavailable', 'outcome_unknown');

export function setup(): void {
  recordEvent('begun', { at: Date.now() });
}

export default function buyOrKeep(): void {
  const wanted = sku('sale');
  const shopper = enterPatiently();
  if (!shopper?.look(wanted).ok) return;
  const added = shopper.add(wanted);
  if (!added.ok) return;
  if (exec.scenario.iterationInTest % KEEPERS_EVERY > 0) {
    const bought = shopper.checkOut();
    if (bought.ok) claim('the one unit is sold', isOrderOf(new Map([[wanted, 1]]), bought.value), () => bought.value);
    return;
  }
  claim('the cart holds what was added', added.value.lines.length === 1, () => added.value);
  const { sessionId } = shopper;
  for (const { quantity, holdId, expiresAt } of added.value.lines) {
    recordEvent('line', { sessionId, sku: wanted, quantity, holdId, expiresAt });
  }
}

let prober: Shopper | null = null;

export function probe(): void {
  const sentAt = Date.now();
  prober ??= enter();
  const answer = prober?.setQuantity(sku('probe'), 1 + (exec.scenario.iterationInTest % 2));
  const reason = answer?.ok === false ? answer.reason : '';
  recordEvent('probe', { sentAt, answeredAt: Date.now(), ok: answer?.ok ?? false, reason });
}
