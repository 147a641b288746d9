import type { OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { totalOf } from './goods.ts';
import type { Who } from './wire.ts';

export type Order = OutputOf<'orders.get'>;
type Status = Order['status'];
type Units = { sku: string; quantity: number };

/** What the scenario has been told of an order, and by whom. */
export interface KnownOrder {
  first: Order;
  /** Whose session began or placed it. */
  who: Who;
  /** Whom its units count for. */
  customer: string;
  /** The furthest that any answer has told of. */
  status: Status;
  /** Units that came back, as acknowledged: all, and those that are on hand again. */
  returned: Map<string, number>;
  restocked: Map<string, number>;
}

const NEXT: Record<Status, readonly Status[]> = {
  awaiting_payment: ['awaiting_payment', 'placed', 'cancelled', 'expired', 'refund_due'],
  expired: ['expired', 'placed', 'refund_due'],
  placed: ['placed'],
  cancelled: ['cancelled'],
  refund_due: ['refund_due'],
};

/** All orders that anybody was told of. Every later answer about one has to agree with what was told before it was asked. */
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
      this.#faults.unless(known.who.session === who.session, () => `${orderId} is told to two sessions as their own`);
    } else {
      const books = { returned: new Map<string, number>(), restocked: new Map<string, number>() };
      this.orders.set(orderId, { first: order, who, customer, status, ...books });
    }
    this.seen(order, status);
  }

  /** What is known before a question is asked: the answer may not be older. */
  status(orderId: string): Status {
    return this.orders.get(orderId)?.status ?? 'awaiting_payment';
  }

  /** An answer shows the order; `before` is what was known when it was asked. */
  seen(order: Order, before: Status): void {
    const { orderId, status, total, lines } = order;
    const known = this.orders.get(orderId);
    if (!known) return;
    const about = (what: string) => () => `${orderId}: ${what}: ${JSON.stringify(order)}`;
    const told = (lines: Order['lines']) => JSON.stringify(lines.map(({ returned: _, ...line }) => line));
    this.#faults.unless(told(lines) === told(known.first.lines), about('the lines are not those of the beginning'));
    this.#faults.unless(JSON.stringify(total) === JSON.stringify(totalOf(lines)), about('the total is not the sum'));
    this.#faults.unless(order.createdAt === known.first.createdAt, about('it was created at another time'));
    const hasDeadline = order.payBefore !== undefined;
    this.#faults.unless(hasDeadline === (status === 'awaiting_payment'), about('payBefore does not fit'));
    for (const { quantity, returned } of lines) {
      this.#faults.unless(returned >= 0 && returned <= quantity && quantity > 0, about('a line cannot be'));
    }
    this.reached(orderId, status, before);
  }

  /** An answer says that the order is in this state, whatever else it says. */
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
