// Shoppers buy scarce units. A warehouse dispatches each order in parts that race each other, takes units back, and
// counts its shelves, where sold units stand until they leave.
import { between, chance, oneOf } from '../lib/draw.ts';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { operator } from '../lib/operator.ts';
import { goods, option } from '../lib/plan.ts';
import { enter } from '../lib/shopper.ts';
import { recordEvent } from '../lib/record-event.ts';
import { type Answer, type Call, expectRefusals, newKey, together } from '../lib/wire.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';

export { handleSummary } from '../lib/summary.ts';

const QUANTITY_MAX = 3;
const COUNT_SHARE = 0.2;
/** Orders that are not dispatched during the run. */
const WAITING_SHARE = 0.4;
const RETURN_SHARE = 0.3;

export const options = openModel({
  warmup: { rate: option('warmup-rate'), seconds: option('warmup-seconds'), busyMax: option('warmup-rate') * 5 },
  dispatch: { rate: option('rate'), seconds: option('seconds'), busyMax: option('rate') * 5 },
});

expectRefusals('insufficient_stock', 'exceeds_unfulfilled', 'order_state', 'return_exceeds_sold', 'count_mismatch');

export default function dispatch(): void {
  const shopper = enter();
  const [wanted, quantity] = [oneOf(goods).sku, between(1, QUANTITY_MAX)];
  if (chance(COUNT_SHARE)) countShelf(wanted);
  if (!shopper?.add(wanted, quantity).ok) return;
  const placed = shopper.checkOut();
  if (!placed.ok) return;
  const { orderId } = placed.value;
  growAndShrink(orderId, wanted, quantity);
  if (chance(WAITING_SHARE)) return;
  race(orderId, wanted, quantity);
  if (chance(RETURN_SHARE)) giveBack(orderId, wanted, quantity);
}

/** Changes a line and changes it back. A refused increase changes nothing. */
function growAndShrink(orderId: string, sku: string, quantity: number): void {
  const set = (units: number): Answer<Order> =>
    operator.ask('orders.setLineQuantity', {
      orderId,
      sku,
      quantity: units,
      reason: 'wants more',
      idempotencyKey: newKey(),
    });
  if (!set(quantity + 1).ok) return;
  const back = set(quantity);
  claim('an order has its quantity again', back.ok && back.value.lines[0]?.quantity === quantity, () => back);
}

/** Dispatches the whole order in several calls at once, which together ask for more units than it has. */
function race(orderId: string, sku: string, quantity: number): void {
  const parts = [quantity, 1, between(1, quantity)];
  const answers = together(parts.map((units) => fulfil(orderId, sku, units)));
  const rest = operator.ask('orders.fulfil', { orderId, idempotencyKey: newKey() });
  const accepted = parts.filter((_, index) => answers[index]?.ok).reduce((sum, units) => sum + units, 0);
  claim('no more units leave than were sold', accepted <= quantity, () => ({ parts, answers }));
  const isWhole = rest.ok ? accepted < quantity : accepted === quantity;
  claim('the last dispatch takes the rest, once', isWhole, () => ({ accepted, quantity, rest }));
  const left = accepted + (rest.ok ? quantity - accepted : 0);
  recordEvent('dispatched', { orderId, sku, units: left });
  const seen = operator.ask('orders.get', { orderId });
  if (!seen.ok) return;
  const { status, lines } = seen.value;
  const isFulfilled = status === 'fulfilled' && lines.every(({ fulfilled }) => fulfilled === quantity);
  claim('an order of which all units have left is fulfilled', isFulfilled, () => seen);
}

const fulfil = (orderId: string, sku: string, quantity: number): Call<'orders.fulfil'> =>
  operator.call('orders.fulfil', {
    orderId,
    lines: [{ sku, quantity }],
    trackingReference: `parcel-${quantity}`,
    idempotencyKey: newKey(),
  });

/** Returned units do not go back on the shelf, so that the order oracle can still count what is sold. */
function giveBack(orderId: string, sku: string, quantity: number): void {
  const takeBack = (): Call<'orders.return'> =>
    operator.call('orders.return', {
      orderId,
      lines: [{ sku, quantity }],
      restock: false,
      reason: 'too small',
      idempotencyKey: newKey(),
    });
  const accepted = together([takeBack(), takeBack()]).filter(({ ok }) => ok).length;
  claim('all units return once', accepted === 1, () => accepted);
}

/** Counts the units on the shelf, dispatched ones not included, unless some leave or come in meanwhile. */
function countShelf(sku: string): void {
  const level = operator.ask('stock.level', { sku });
  if (!level.ok) return;
  const { onHand } = level.value;
  const counted = operator.ask('stock.count', {
    sku,
    onHand,
    expectedOnHand: onHand,
    reason: 'shelf count',
    idempotencyKey: newKey(),
  });
  if (!counted.ok) return;
  const { reserved, committed, available } = counted.value;
  const free = counted.value.onHand - reserved - committed;
  claim('sold units on the shelf are not available', available === Math.max(0, free), () => counted);
}
