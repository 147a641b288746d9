// Honest shoppers, first alone, and then while the runner sends adds of fresh sessions over one connection as fast as
// the server takes them. Half of the shoppers want the SKU that is flooded. None of them may be refused.
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { option, sku } from '../lib/plan.ts';
import { recordEvent } from '../lib/record-event.ts';
import { enter } from '../lib/shopper.ts';

export { handleSummary } from '../lib/summary.ts';

const WARMUP_SECONDS = 5;
const rate = option('rate');

export const options = openModel({
  warmup: { rate, seconds: WARMUP_SECONDS },
  idle: { rate, seconds: option('idle-seconds') },
  flood: { rate, seconds: option('seconds') },
});

/** The flood begins by this clock. */
export function setup(): void {
  recordEvent('begun', { at: Date.now() });
}

export default function buyOne(): void {
  const wanted = sku(Math.random() < 0.5 ? 'wanted' : 'other');
  const shopper = enter();
  if (!shopper?.add(wanted).ok) return;
  const bought = shopper.checkOut();
  if (bought.ok) claim('the one unit is sold', isOrderOf(new Map([[wanted, 1]]), bought.value), () => bought.value);
}
