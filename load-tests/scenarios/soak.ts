// A normal day of any length: most shoppers browse, many buy, some cancel, some abandon their carts, some pay later or
// never. The shop must get neither slower nor larger.
import exec from 'k6/execution';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { between, chance, zipf } from '../lib/draw.ts';
import { openModel, phase } from '../lib/executors.ts';
import { operator } from '../lib/operator.ts';
import { goods, option, sku } from '../lib/plan.ts';
import { TENTHS_BETWEEN } from '../lib/words.ts';
import { enter, type Shopper } from '../lib/shopper.ts';
import { recordEvent } from '../lib/record-event.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';

export { handleSummary } from '../lib/summary.ts';

const SKEW = 1;
const QUANTITY_MAX = 3;
const PAYMENT_WINDOW_MS = 10_000;
/** The share of abandoned carts that are checked afterwards. */
const LOOKED_FOR = 1 / 10;

const rate = option('rate');
const tenth = option('minutes') * 6;

const busyMax = Math.max(50, 3 * rate);

export const options = openModel(
  {
    warmup: { rate, seconds: option('warmup-seconds'), busyMax },
    first: { rate, seconds: tenth, busyMax },
    between: { rate, seconds: TENTHS_BETWEEN.length * tenth, busyMax },
    last: { rate, seconds: tenth, busyMax },
  },
  { phases: TENTHS_BETWEEN },
);

/** Percentages. */
const STORIES: readonly [of100: number, story: (shopper: Shopper) => void][] = [
  [30, browse],
  [32, buy],
  [14, changeMind],
  [10, leave],
  [6, payLater],
  [4, cancel],
  [4, neverPay],
];

export function setup(): void {
  recordEvent('begun', { at: Date.now() });
}

export default function visit(): void {
  exec.vu.metrics.tags['phase'] = phase() === 'between' ? tenthOf(exec.scenario.progress) : phase();
  const shopper = enter();
  if (!shopper?.look(anything(), anything(), anything()).ok) return;
  let drawn = between(1, 100);
  const [, story] = STORIES.find(([of100]) => (drawn -= of100) <= 0) ?? [0, browse];
  story(shopper);
}

/** Every virtual user works in several tenths, so each visit names its own. */
const tenthOf = (progress: number): string =>
  TENTHS_BETWEEN[Math.min(TENTHS_BETWEEN.length - 1, Math.floor(progress * TENTHS_BETWEEN.length))] ?? 'between';

const anything = (): string => sku(`${zipf(goods.length, SKEW)}`);

function browse(shopper: Shopper): void {
  shopper.cart();
}

/** Adds a number of SKUs to the cart. Returns the units of each; null if the shop refused one. */
function fill(shopper: Shopper, lines: number): Map<string, number> | null {
  const filled = new Map<string, number>();
  for (let left = lines; left > 0; left -= 1) {
    const [wanted, quantity] = [anything(), between(1, QUANTITY_MAX)];
    if (!shopper.add(wanted, quantity).ok) return null;
    filled.set(wanted, (filled.get(wanted) ?? 0) + quantity);
  }
  return filled;
}

function buy(shopper: Shopper): void {
  const filled = fill(shopper, between(1, 3));
  const bought = filled && shopper.checkOut();
  if (bought?.ok) claim('all of the cart is sold', isOrderOf(filled ?? new Map(), bought.value), () => bought.value);
}

function changeMind(shopper: Shopper): void {
  const wanted = anything();
  if (!shopper.add(wanted).ok || !shopper.setQuantity(wanted, QUANTITY_MAX).ok) return;
  if (chance(1 / 2)) shopper.remove(wanted);
  else shopper.clear();
}

function leave(shopper: Shopper): void {
  if (fill(shopper, between(1, 2)) && chance(LOOKED_FOR)) recordEvent('abandoned', { sessionId: shopper.sessionId });
}

function begin(shopper: Shopper): Order | null {
  if (!fill(shopper, 1)) return null;
  const begun = shopper.beginCheckout({ paymentWindowMs: PAYMENT_WINDOW_MS });
  return begun.ok ? begun.value : null;
}

function payLater(shopper: Shopper): void {
  const order = begin(shopper);
  if (order) operator.confirm(order.orderId, `paid-${order.orderId}`);
}

function cancel(shopper: Shopper): void {
  const order = begin(shopper);
  if (order) shopper.cancel(order.orderId);
}

function neverPay(shopper: Shopper): void {
  begin(shopper);
}
