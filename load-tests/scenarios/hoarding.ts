// One client takes a unit with each of many sessions, and buys nothing. Then honest shoppers come, each a client of its
// own, and buy one unit.
import { Counter } from 'k6/metrics';
import { openModel } from '../lib/executors.ts';
import { option, sku } from '../lib/plan.ts';
import { walkIn } from '../lib/shopper.ts';
import { expectRefusals, newKey } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const HOARDER = 'hoarder';
const unitsHoarded = new Counter('units_hoarded');
const rate = option('rate');

/** k6 starts one arrival more at the end of a phase, or one less. */
export const options = openModel({
  hoard: { rate, seconds: Math.ceil(option('sessions') / rate), exec: 'hoard' },
  sale: { rate, seconds: Math.ceil(option('shoppers') / rate), exec: 'buyOne' },
});

expectRefusals('hold_cap', 'insufficient_stock');

export function hoard(): void {
  const added = walkIn(HOARDER).add(sku('drop'));
  if (added.ok) unitsHoarded.add(added.value.granted);
}

export function buyOne(): void {
  const shopper = walkIn(newKey());
  if (shopper.add(sku('drop')).ok) shopper.checkOut();
}
