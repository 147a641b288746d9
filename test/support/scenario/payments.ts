import { Stripe } from 'stripe';
import type { HttpAnswer } from '../http-caller.ts';
import type { Dice } from '../dice.ts';
import { PAYMENT_WINDOW_MS, WEBHOOK_SECRET } from './goods.ts';
import { type Before, isSoldStatus, type Order } from './known-order.ts';
import { pause, type Stage } from './stage.ts';
import { someWay, type Who } from './wire.ts';

interface Act {
  at: number;
  run: () => Promise<void>;
}

interface Payment {
  orderId: string;
  reference: string;
  /** Epoch milliseconds. */
  payBefore: number;
  who: Who;
}

const TICK_MS = 20;
const LATE_MS_MAX = 700;
const AGAIN_MS = 500;
/** How long a write-off may take. */
const WRITE_OFF_MS_MAX = 2_000;
/** Cents that cover every order of the scenario. */
const PLENTY = 1_000_000_000;
const STRIPE_ANSWERS = new Set(['settled', 'unsettled', 'ignored']);

type Fate =
  | 'paid'
  | 'late'
  | 'twice'
  | 'two payments'
  | 'cancelled'
  | 'restored'
  | 'race'
  | 'stripe'
  | 'failed'
  | 'none';

const FATES: readonly (readonly [number, Fate])[] = [
  [20, 'paid'],
  [20, 'late'],
  [10, 'twice'],
  [8, 'two payments'],
  [10, 'cancelled'],
  [12, 'restored'],
  [8, 'race'],
  [12, 'stripe'],
  [8, 'failed'],
  [12, 'none'],
];

/** What happens to begun orders: paid in time, late, twice, out of order, cancelled, or never. */
export class Payments {
  readonly #acts: Act[] = [];
  readonly #running = new Set<Promise<void>>();

  plan(stage: Stage, { orderId, payBefore = 0 }: Order, who: Who, dice: Dice): void {
    const payment: Payment = { orderId, reference: `pay-${orderId}`, payBefore, who };
    const fate = dice.weighted(FATES);
    stage.wire.note('fate', fate.replace(' ', '_'));
    const early = dice.between(0, PAYMENT_WINDOW_MS - 300);
    const late = PAYMENT_WINDOW_MS + dice.between(50, LATE_MS_MAX);
    const after = (ms: number, run: () => Promise<void>) => this.#acts.push({ at: performance.now() + ms, run });
    const pay = () => confirm(stage, payment, dice);
    const call = (restoreCart: boolean) => () => cancel(stage, payment, restoreCart, dice);
    if (fate === 'paid') after(early, pay);
    // The second one may come after the refund, and must sell nothing then.
    if (fate === 'late') for (const ms of [late, late + AGAIN_MS]) after(ms, pay);
    if (fate === 'twice') for (const ms of [early, early, late]) after(ms, pay);
    if (fate === 'two payments') {
      after(early, pay);
      after(dice.pick([early, late]), () => confirm(stage, { ...payment, reference: `other-${orderId}` }, dice));
    }
    if (fate === 'cancelled' || fate === 'restored') {
      after(early, call(fate === 'restored'));
      if (dice.chance(0.5)) after(dice.pick([early, late]), pay);
    }
    if (fate === 'race') {
      const ms = dice.pick([early, PAYMENT_WINDOW_MS]);
      for (const act of [pay, call(dice.chance(0.5))]) after(ms, act);
    }
    if (fate === 'stripe')
      for (const ms of [dice.pick([early, late]), late]) after(ms, () => webhook(stage, payment, true));
    if (fate === 'failed') {
      after(early, () => webhook(stage, payment, false));
      if (dice.chance(0.6)) after(early + dice.between(0, 300), () => webhook(stage, payment, true));
    }
  }

  /** Carries out due payments until the scenario is over and none is planned any more. */
  async run(stage: Stage): Promise<void> {
    while (!stage.isOver || this.#acts.length > 0) {
      const now = performance.now();
      const due = this.#acts.filter(({ at }) => at <= now);
      for (const act of due) {
        this.#acts.splice(this.#acts.indexOf(act), 1);
        const running = act
          .run()
          .catch((error: unknown) => stage.faults.add(`a payment: ${String(error)}`))
          .finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
      await pause(TICK_MS);
    }
    await Promise.all(this.#running);
  }
}

async function confirm(stage: Stage, payment: Payment, dice: Dice): Promise<void> {
  const { wire, orders, faults } = stage;
  const { orderId, reference: paymentReference, payBefore, who } = payment;
  const before = orders.before(orderId);
  const isLate = Date.now() > payBefore && (before.status === 'awaiting_payment' || before.status === 'expired');
  const operator: Who = { name: 'payments', server: who.server };
  const answer = await wire.mutate(operator, 'checkout.confirm', { orderId, paymentReference }, someWay(dice));
  if (!answer.ok) {
    const isTooLate = answer.reason === 'payment_too_late' && !mayHaveLostHolds(stage, orderId);
    faults.unless(!isTooLate || Date.now() >= payBefore, () => `${orderId} is paid before ${payBefore}, and too late`);
    return refused(stage, orderId, answer, before);
  }
  // A repeated confirmation may find that the order was dispatched meanwhile.
  const isSold = isSoldStatus(answer.value.status);
  faults.unless(isSold, () => `${orderId} is confirmed and ${answer.value.status}`);
  faults.unless(answer.value.paymentReference === paymentReference, () => `${orderId} is paid by another payment`);
  orders.seen(answer.value, before);
  if (isLate) wire.note('late', 'sold');
}

/** A write-off that ends holds also ends an order that awaits its payment. */
const mayHaveLostHolds = ({ orders, supply }: Stage, orderId: string): boolean => {
  const { lines = [], createdAt = 0 } = orders.orders.get(orderId)?.first ?? {};
  return lines.some(({ sku }) => supply.lastEndOfHolds(sku) >= createdAt - WRITE_OFF_MS_MAX);
};

async function cancel(
  { wire, orders, faults }: Stage,
  { orderId, who }: Payment,
  restoreCart: boolean,
  dice: Dice,
): Promise<void> {
  const before = orders.before(orderId);
  const by = dice.chance(0.8) ? who : { name: 'operator', server: who.server };
  const input = { orderId, restoreCart, reason: 'changed my mind' };
  const answer = await wire.mutate(by, 'checkout.cancel', input, someWay(dice));
  if (!answer.ok) return refused({ orders, faults }, orderId, answer, before);
  faults.unless(answer.value.status === 'cancelled', () => `${orderId} is cancelled and ${answer.value.status}`);
  orders.seen(answer.value, before);
}

/** A refusal implies the order's state. That state has to be one that refuses, and one that can follow. */
function refused(
  { orders, faults }: Pick<Stage, 'orders' | 'faults'>,
  orderId: string,
  answer: HttpAnswer<unknown> & { ok: false },
  before: Before,
): void {
  const status = answer.reason === 'payment_too_late' ? 'refund_due' : (answer.meta['status'] as Order['status']);
  const isKnown = answer.reason === 'payment_too_late' || answer.reason === 'order_state';
  faults.unless(isKnown && status !== 'awaiting_payment', () => `${orderId}: ${JSON.stringify(answer)}`);
  if (isKnown) orders.reached(orderId, status, before);
}

/** Sends the event as Stripe does, sometimes twice. */
async function webhook(stage: Stage, { orderId, reference, who }: Payment, isPaid: boolean): Promise<void> {
  const { shop, orders, faults, wire } = stage;
  const before = orders.before(orderId);
  const type = isPaid ? 'checkout.session.completed' : 'checkout.session.expired';
  const object = { id: `cs_${orderId}`, metadata: { orderId }, payment_status: 'paid', payment_intent: reference };
  const session = { object: 'checkout.session', mode: 'payment', amount_subtotal: PLENTY, currency: 'eur' };
  const body = JSON.stringify({
    id: `evt_${orderId}`,
    object: 'event',
    type,
    data: { object: { ...session, ...object } },
  });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET });
  const { url } = shop.servers[who.server]!;
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  const response = await fetch(`${url}/payments/stripe`, { method: 'POST', headers, body });
  const { status, reason } = (await response.json()) as { status?: string; reason?: string };
  wire.note('stripe', isPaid ? `paid_${status}` : `failed_${status}`);
  const isAnswer = response.status === 200 && STRIPE_ANSWERS.has(status ?? '');
  faults.unless(isAnswer, () => `stripe ${type}: ${response.status} ${status} ${reason}`);
  // It is also settled where an earlier payment was, and the order may be dispatched since.
  if (status === 'settled' && isPaid && !isSoldStatus(before.status)) orders.reached(orderId, 'placed', before);
  if (reason === 'payment_too_late') orders.reached(orderId, 'refund_due', before);
}
