import type { Outputs } from '../../../src/client/client.ts';
import { isSold } from '../../lib/answer-fit.ts';
import type { Events } from '../../lib/words.ts';
import type { Histories } from './histories.ts';

type Order = Pick<Outputs['orders']['get'], 'orderId' | 'status'> & { lines: { sku: string; quantity: number }[] };
type Orders = ReadonlyMap<string, Order>;
type Status = Order['status'];

/** Statuses that answers may have reported, by the last status: an expired order may be paid late, or refunded. */
const REPORTED_BEFORE: Record<Status, readonly Status[]> = {
  awaiting_payment: [],
  placed: ['expired', 'placed'],
  partially_fulfilled: ['expired', 'placed', 'partially_fulfilled'],
  fulfilled: ['expired', 'placed', 'partially_fulfilled', 'fulfilled'],
  cancelled: ['cancelled'],
  expired: ['expired'],
  refund_due: ['expired', 'refund_due'],
};

/** Returns the orders whose reported end differs from the one on record, and those that have not ended. */
export function endingProblems(reported: readonly Events['ending'][], orders: Orders): string[] {
  return [
    ...reported.flatMap(({ orderId, status }) => {
      const order = orders.get(orderId);
      if (!order) return [`${orderId} was reported as ${status} and is not on record`];
      return REPORTED_BEFORE[order.status].includes(status)
        ? []
        : [`${orderId} was reported as ${status} and is ${order.status}`];
    }),
    ...[...orders.values()].flatMap(({ orderId, status }) =>
      status === 'awaiting_payment' ? [`${orderId} has not ended`] : [],
    ),
  ];
}

/** Units sold by a movement of each unit. */
const SALES: Readonly<Record<string, number>> = { consumed: 1, committed: 1, recommitted: 1, uncommitted: -1 };

/** Returns orders whose units were sold without an order on record, or not sold despite one. */
export function shelfProblems(histories: Histories, orders: Orders): string[] {
  const gone = new Map<string, number>();
  for (const [sku, movements] of histories) {
    for (const { kind, orderId, quantity } of movements) {
      if (!(kind in SALES)) continue;
      const key = `${orderId} ${sku}`;
      gone.set(key, (gone.get(key) ?? 0) + (SALES[kind] ?? 0) * quantity);
    }
  }
  const wanted = [...orders.values()].flatMap(({ orderId, status, lines }) =>
    isSold({ status }) ? lines.map(({ sku, quantity }): [string, number] => [`${orderId} ${sku}`, quantity]) : [],
  );
  const sold = new Map(wanted);
  return [...new Set([...gone.keys(), ...sold.keys()])]
    .filter((key) => gone.get(key) !== sold.get(key))
    .map((key) => `${key}: ${gone.get(key) ?? 0} units are sold by the ledger, ${sold.get(key) ?? 0} by the orders`);
}
