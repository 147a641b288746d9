import type { OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { totalOf } from './goods.ts';
import type { Who } from './wire.ts';

export type Order = OutputOf<'orders.get'>;
type Status = Order['status'];
type Units = { sku: string; quantity: number };

/** What the answers have shown of an order, and to whom. */
export interface KnownOrder {
  first: Order;
  /** The session that began or placed it. */
  who: Who;
  /** The customer for whom its units count. */
  customer: string;
  /** The latest state in any answer. */
  status: Status;
  /** Units with an acknowledged return: all, and those that are on hand again. */
  returned: Map<string, number>;
  restocked: Map<string, number>;
}

const NEXT: Record<Status, readonly Status[]> = {
  awaiting_payment: ['awaiting_payment', 'placed', 'cancelled', 'expired', 'refund_due'],
  expired: ['expired', 'placed', 'refund_due'],
  placed: ['placed'],
  partially_fulfilled: ['partially_fulfilled'],
  fulfilled: ['fulfilled'],
  cancelled: ['cancelled'],
  refund_due: ['refund_due'],
};

/** All orders that any answer has shown. Later answers have to agree with what was known before their request. */
export class OrderBook {
  readonly orders = new Map<string, KnownOrder>();
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  born(order: Order, who: Who, customer: string): void {
    const { orderId, status } = order;
    const known = this.orders.get(orderId);
    if (known) {
      this.#faults.unless(known.who.session === who.session, () => `${orderId} belongs to two sessions`);
    } else {
      const books = { returned: new Map<string, number>(), restocked: new Map<string, number>() };
      this.orders.set(orderId, { first: order, who, customer, status, ...books });
    }
    this.seen(order, status);
  }

  /** The state known before a request. Its answer must not be older. */
  status(orderId: string): Status {
    return this.orders.get(orderId)?.status ?? 'awaiting_payment';
  }

  /** Checks an order in an answer. `before` is the state known at the request. */
  seen(order: Order, before: Status): void {
    const { orderId, status, total, lines } = order;
    const known = this.orders.get(orderId);
    if (!known) return;
    const about = (what: string) => () => `${orderId}: ${what}: ${JSON.stringify(order)}`;
    const withoutReturns = (lines: Order['lines']) => JSON.stringify(lines.map(({ returned: _, ...line }) => line));
    this.#faults.unless(
      withoutReturns(lines) === withoutReturns(known.first.lines),
      about('the lines are not those of the beginning'),
    );
    this.#faults.unless(JSON.stringify(total) === JSON.stringify(totalOf(lines)), about('the total is not the sum'));
    this.#faults.unless(order.createdAt === known.first.createdAt, about('it was created at another time'));
    const hasDeadline = order.payBefore !== undefined;
    this.#faults.unless(hasDeadline === (status === 'awaiting_payment'), about('payBefore does not fit'));
    for (const { quantity, returned } of lines) {
      this.#faults.unless(returned >= 0 && returned <= quantity && quantity > 0, about('a line cannot be'));
    }
    this.reached(orderId, status, before);
  }

  /** Records that an answer reports this state, whatever else it contains. */
  reached(orderId: string, status: Status, before: Status): void {
    const known = this.orders.get(orderId);
    if (!known) return;
    this.#faults.unless(NEXT[before].includes(status), () => `${orderId} was ${before}, and then ${status}`);
    if (status === known.status || status === 'awaiting_payment') return;
    const isLate = status === 'expired';
    if (isLate && known.status !== 'awaiting_payment') return;
    this.#faults.unless(NEXT[known.status].includes(status), () => `${orderId} is both ${known.status} and ${status}`);
    known.status = status;
  }

  returned(orderId: string, lines: readonly Units[], restock: boolean): void {
    const known = this.orders.get(orderId);
    if (!known) return;
    for (const { sku, quantity } of lines) {
      known.returned.set(sku, (known.returned.get(sku) ?? 0) + quantity);
      if (restock) known.restocked.set(sku, (known.restocked.get(sku) ?? 0) + quantity);
    }
  }
}
