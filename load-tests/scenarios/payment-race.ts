// Every order is begun, and then payments, a cancellation by the shopper and the deadline race to end it. Units are
// scarce, so that others take expired units, and some payments come too late.
import { sleep } from 'k6';
import { isOrderOf } from '../lib/answer-fit.ts';
import { claim } from '../lib/claims.ts';
import { between, oneOf } from '../lib/draw.ts';
import { openModel } from '../lib/executors.ts';
import { operator } from '../lib/operator.ts';
import { goods, option } from '../lib/plan.ts';
import { enter, type Shopper } from '../lib/shopper.ts';
import { recordEvent } from '../lib/record-event.ts';
import { type Answer, type Call, expectRefusals, newKey, together } from '../lib/wire.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { OrderStatus } from '../../src/contract/output-fields.ts';

export { handleSummary } from '../lib/summary.ts';

const QUANTITY_MAX = 2;
/** About the travel time of a request: racers start this long before or after the deadline. */
const PHOTO_FINISH_MS = 20;
const LATE_MS = 400;

const windowMs = option('window-ms');
const [rate, warmupRate] = [option('rate'), option('warmup-rate')];
// In addition to busy virtual users, some wait for their deadline.
const busySeconds = 5 + (windowMs + LATE_MS) / 1_000;

export const options = openModel({
  warmup: { rate: warmupRate, seconds: option('warmup-seconds'), busyMax: Math.ceil(warmupRate * busySeconds) },
  race: { rate, seconds: option('seconds'), busyMax: Math.ceil(rate * busySeconds) },
});

expectRefusals('insufficient_stock', 'order_state', 'payment_too_late');

export default function race(): void {
  const shopper = enter();
  const [wanted, quantity] = [oneOf(goods).sku, between(1, QUANTITY_MAX)];
  if (!shopper?.add(wanted, quantity).ok) return;
  const begun = shopper.beginCheckout({ paymentWindowMs: windowMs });
  if (!begun.ok) return;
  claim('all of the cart is begun', isOrderOf(new Map([[wanted, quantity]]), begun.value), () => begun.value);
  const { orderId } = begun.value;
  const waitMs = oneOf(STARTS)();
  sleep(waitMs / 1_000);
  const answers = together(oneOf(FIELDS).map((racer) => racer(shopper, orderId)));
  const seen = shopper.order(orderId);
  const endings = [...answers, seen].flatMap(endingIn);
  for (const status of endings) recordEvent('ending', { orderId, status });
  claim('an order ends once', isOneEnd(endings), () => ({ answers, seen }));
  if (seen.ok && waitMs > windowMs)
    claim('no order outlives its deadline', seen.value.status !== 'awaiting_payment', () => seen);
}

/** The start of the racers, in milliseconds after the order was begun. */
const STARTS: readonly (() => number)[] = [
  () => 0,
  () => windowMs + between(-PHOTO_FINISH_MS, 0),
  () => windowMs + between(-PHOTO_FINISH_MS, PHOTO_FINISH_MS),
  () => windowMs + LATE_MS,
];

type Racer = (shopper: Shopper, orderId: string) => Call<'checkout.confirm' | 'checkout.cancel'>;

const paidWith =
  (reference: string): Racer =>
  (_, orderId) =>
    operator.call('checkout.confirm', {
      orderId,
      paymentReference: `${reference}-${orderId}`,
      idempotencyKey: newKey(),
    });
const calledOff: Racer = (shopper, orderId) => shopper.call('checkout.cancel', { orderId, idempotencyKey: newKey() });
const [card, voucher] = [paidWith('card'), paidWith('voucher')];

/** The calls of each race. The deadline is always part of it. */
const FIELDS: readonly (readonly Racer[])[] = [
  [card, calledOff],
  [calledOff, card],
  [card, voucher],
  [voucher, calledOff, card, calledOff, card],
  [card],
  [calledOff],
  [],
];

/** Returns the final status of the order in an answer, if it has one. */
function endingIn(answer: Answer<Order>): OrderStatus[] {
  if (answer.ok) return answer.value.status === 'awaiting_payment' ? [] : [answer.value.status];
  if (answer.reason === 'payment_too_late') return ['refund_due'];
  return answer.reason === 'order_state' ? [answer.meta['status'] as OrderStatus] : [];
}

/** Only an expired order may get another status later: sold after all, or refund_due. */
function isOneEnd(endings: readonly OrderStatus[]): boolean {
  const ends = new Set(endings);
  return ends.size <= 1 || (ends.size === 2 && ends.has('expired') && !ends.has('cancelled'));
}
