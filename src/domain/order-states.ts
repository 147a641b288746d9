/**
 * The statuses of an order: the number of each in records (see `Codes`), and the statuses that may follow it. A new
 * order is `awaiting_payment` or `placed`. A late payment can still place an `expired` order. A status that nothing
 * follows is final.
 */
const STATUSES = {
  awaiting_payment: { code: 1, next: ['placed', 'cancelled', 'expired'] },
  placed: { code: 2, next: [] },
  cancelled: { code: 3, next: [] },
  expired: { code: 4, next: ['placed', 'refund_due'] },
  refund_due: { code: 5, next: [] },
} as const satisfies Record<string, { code: number; next: readonly string[] }>;

/**
 * The lists of orders, one for each status. The ledger has an entry for each time that a document enters or leaves one.
 */
export type OrderList = keyof typeof STATUSES;
export const ORDER_LISTS = Object.keys(STATUSES) as OrderList[];

export const ORDER_CODES = Object.fromEntries(ORDER_LISTS.map((list) => [list, STATUSES[list].code])) as Record<
  OrderList,
  number
>;

const INITIAL: readonly OrderList[] = ['awaiting_payment', 'placed'];

/** Returns whether an order may change from one status to the other. Null: it does not exist yet, or it is deleted. */
export function isOrderEdge(from: OrderList | null, to: OrderList | null): boolean {
  if (to === null) return from !== null && from !== 'awaiting_payment';
  const next: readonly OrderList[] = from === null ? INITIAL : STATUSES[from].next;
  return next.includes(to);
}
