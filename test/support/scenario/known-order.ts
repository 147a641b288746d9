import type { OutputOf } from '../http-caller.ts';
import type { Who } from './wire.ts';

export type Order = OutputOf<'orders.get'>;
export type Status = Order['status'];
export type Line = Order['lines'][number];
export interface Units {
  sku: string;
  quantity: number;
}

/** The units of a line: all that were sold and not cancelled; of those, the dispatched ones; of those, the returned. */
export interface LineState {
  quantity: number;
  fulfilled: number;
  returned: number;
}

export type ChangeKind = 'fulfil' | 'cancel' | 'set' | 'return';

/** A call that changes lines of a sold order. Times are positions in the course of requests and answers. */
export interface Change {
  name: string;
  kind: ChangeKind;
  orderId: string;
  /** The requested units of each SKU; null: all that are on hand. */
  units: ReadonlyMap<string, number> | null;
  /** Whether returned units are on hand again. */
  restock: boolean;
  sent: number;
  /** Infinity: no answer has acknowledged it. */
  done: number;
}

/** What an answer implies of a line, at some time between its request and its arrival. */
export interface Claim {
  sku: string;
  sent: number;
  answered: number;
  about: () => string;
  holds: (line: LineState) => boolean;
}

/** What was known of an order when a request was sent, and when that was. */
export interface Before {
  status: Status;
  at: number;
}

/** What the answers have shown of an order, and to whom. */
export interface KnownOrder {
  first: Order;
  /** The last one that arrived. It may be older than others. */
  latest: Order;
  /** The session that began or placed it. */
  who: Who;
  /** The customer for whom its units count. */
  customer: string;
  /** The latest state in any answer. */
  status: Status;
  /** A cancelled order was sold before, or not. */
  isSold: boolean;
  /** Null while no answer has shown it. */
  leftAtSale: boolean | null;
  /** Units with an acknowledged return: all, and those that are on hand again. */
  returned: Map<string, number>;
  restocked: Map<string, number>;
  claims: Claim[];
}

const SOLD: readonly Status[] = ['placed', 'partially_fulfilled', 'fulfilled'];
/** Each status with all that may ever follow it. */
const NEXT: Record<Status, readonly Status[]> = {
  awaiting_payment: ['awaiting_payment', 'cancelled', 'expired', 'refund_due', ...SOLD],
  expired: ['expired', 'cancelled', 'refund_due', ...SOLD],
  placed: ['cancelled', ...SOLD],
  partially_fulfilled: ['partially_fulfilled', 'fulfilled'],
  fulfilled: ['fulfilled'],
  cancelled: ['cancelled'],
  refund_due: ['refund_due'],
};

export const isSoldStatus = (status: Status): boolean => SOLD.includes(status);

/** An order whose units left at its sale is placed for good. */
export const follows = (from: Status, to: Status, leftAtSale: boolean | null): boolean =>
  NEXT[from].includes(to) && (leftAtSale !== true || NEXT[to].includes('placed'));

export const lineState = ({ quantity, fulfilled, returned }: Line, status: Status): LineState => ({
  quantity,
  fulfilled: fulfilled ?? (isSoldStatus(status) ? quantity : 0),
  returned,
});

/** Returns whether the units of an order's lines fit its status. */
export function isConsistent({ status, lines }: Order): boolean {
  const states = lines.map((line) => lineState(line, status));
  const [first, ...others] = lines.map(({ fulfilled }) => fulfilled !== undefined);
  if (first === undefined || others.some((isDispatched) => isDispatched !== first)) return false;
  if (!first) {
    const isNeverDispatched = status !== 'partially_fulfilled' && status !== 'fulfilled';
    return isNeverDispatched && states.every(({ quantity }) => quantity > 0);
  }
  const isOpen = states.some(({ quantity, fulfilled }) => quantity > fulfilled);
  const hasLeft = states.some(({ fulfilled }) => fulfilled > 0);
  if (isOpen) return status === (hasLeft ? 'partially_fulfilled' : 'placed');
  return status === (hasLeft ? 'fulfilled' : 'cancelled');
}
