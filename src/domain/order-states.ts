/**
 * A change of an order that keeps its status: another payment session, units that come back, or units that are
 * dispatched, cancelled or added.
 */
export type OrderChangeKind = 'payment_session' | 'returned_units' | 'changed_units';

interface StatusRow {
  /** Its number in records: see `Codes`. */
  code: number;
  /** The statuses that may follow it. A status that nothing follows is final. */
  next: readonly string[];
  accepts: readonly OrderChangeKind[];
}

/**
 * The statuses of an order. A new order is `awaiting_payment` or `placed`. A late payment can still place an `expired`
 * order. A placed order whose units stay on hand until their dispatch ends as `fulfilled`, or as `cancelled`.
 */
const STATUSES = {
  awaiting_payment: { code: 1, next: ['placed', 'cancelled', 'expired'], accepts: ['payment_session'] },
  placed: {
    code: 2,
    next: ['partially_fulfilled', 'fulfilled', 'cancelled'],
    accepts: ['returned_units', 'changed_units'],
  },
  cancelled: { code: 3, next: [], accepts: [] },
  expired: { code: 4, next: ['placed', 'refund_due'], accepts: [] },
  refund_due: { code: 5, next: [], accepts: [] },
  partially_fulfilled: { code: 8, next: ['fulfilled'], accepts: ['returned_units', 'changed_units'] },
  fulfilled: { code: 9, next: [], accepts: ['returned_units'] },
} as const satisfies Record<string, StatusRow>;

/**
 * An order is in the list of documents that is named like its status. The ledger has an entry for each time that a
 * document enters or leaves one.
 */
export type OrderStatus = keyof typeof STATUSES;
export const ORDER_STATUSES = Object.keys(STATUSES) as OrderStatus[];

export const STATUS_CODES = Object.fromEntries(
  ORDER_STATUSES.map((status) => [status, STATUSES[status].code]),
) as Record<OrderStatus, number>;

/** The statuses of an order whose units were sold, at least in part. */
const SOLD: ReadonlySet<string | null> = new Set([
  'placed',
  'partially_fulfilled',
  'fulfilled',
] satisfies OrderStatus[]);
export const isSold = (status: string | null): boolean => SOLD.has(status);

const INITIAL: readonly OrderStatus[] = ['awaiting_payment', 'placed'];

/** Returns whether an order may change from one status to the other. Null: it does not exist yet, or it is deleted. */
export function isOrderEdge(from: OrderStatus | null, to: OrderStatus | null): boolean {
  if (to === null) return from !== null && from !== 'awaiting_payment';
  const next: readonly OrderStatus[] = from === null ? INITIAL : STATUSES[from].next;
  return next.includes(to);
}

/** Returns whether an order of this status may change in this way and keep its status. */
export function acceptsChange(status: OrderStatus, change: OrderChangeKind): boolean {
  const accepted: readonly OrderChangeKind[] = STATUSES[status].accepts;
  return accepted.includes(change);
}
