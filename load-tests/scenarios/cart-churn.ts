// Shoppers fill, change and empty carts, and buy nothing. Some abandon their carts, and some return after theirs has
// expired. Units are scarce, so that released units are taken again at once.
import { sleep } from 'k6';
import { type CarefulShopper, enterCarefully } from '../lib/careful-shopper.ts';
import { claim } from '../lib/claims.ts';
import { between, oneOf } from '../lib/draw.ts';
import { openModel } from '../lib/executors.ts';
import { goods, option } from '../lib/plan.ts';
import { expectRefusals } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const ACTS_MAX = 6;
const QUANTITY_MAX = 3;
/** The time from the deadline to a shopper's return. */
const LATE_MS = 200;

const [rate, warmupRate] = [option('rate'), option('warmup-rate')];
// In addition to busy virtual users, some wait for their deadline.
const busySeconds = 5 + option('ttl-ms') / 1_000;

export const options = openModel({
  warmup: { rate: warmupRate, seconds: option('warmup-seconds'), busyMax: Math.ceil(warmupRate * busySeconds) },
  churn: { rate, seconds: option('seconds'), busyMax: Math.ceil(rate * busySeconds) },
});

expectRefusals('insufficient_stock', 'hold_expired', 'cart_empty');

export default function churn(): void {
  const shopper = enterCarefully();
  if (!shopper) return;
  look(shopper);
  for (let acts = between(2, ACTS_MAX); acts > 0; acts -= 1) oneOf(ACTS)(shopper);
  oneOf(LEAVINGS)(shopper);
}

type Act = (shopper: CarefulShopper) => void;

const anySku = (): string => oneOf(goods).sku;
const oneInCart = ({ skus }: CarefulShopper): string => (skus.length > 0 ? oneOf(skus) : anySku());

const add: Act = (shopper) => shopper.add(anySku(), between(1, QUANTITY_MAX));

/** Additions are more frequent than removals. */
const ACTS: readonly Act[] = [
  add,
  add,
  add,
  (shopper) => shopper.add(oneInCart(shopper), 1),
  (shopper) => shopper.change(oneInCart(shopper), between(0, QUANTITY_MAX)),
  (shopper) => shopper.remove(oneInCart(shopper)),
  (shopper) => shopper.extend(),
  (shopper) => shopper.clear(),
];

const LEAVINGS: readonly Act[] = [
  (shopper) => shopper.skus.forEach((sku) => shopper.remove(sku)),
  (shopper) => shopper.clear(),
  (shopper) => shopper.see(),
  comeBackLate,
];

function comeBackLate(shopper: CarefulShopper): void {
  sleep((option('ttl-ms') + LATE_MS) / 1_000);
  shopper.see();
  claim('nothing outlives its deadline', shopper.skus.length === 0, () => shopper.skus);
  const sold = shopper.shopper.checkOut();
  claim('what has lapsed is not sold', !sold.ok, () => sold);
}

/** A unit that was released twice exceeds the stock as soon as all others are released too. */
function look(shopper: CarefulShopper): void {
  const { sku, units } = oneOf(goods);
  const seen = shopper.shopper.look(sku);
  if (seen.ok)
    claim(
      'no more is available than there is',
      seen.value.every(({ available = 0 }) => available <= units),
      () => seen,
    );
}
