import type { Outputs } from '../../../src/client/client.ts';
import type { Events } from '../../lib/words.ts';
import type { Histories } from './histories.ts';

type Order = Pick<Outputs['orders']['get'], 'orderId' | 'status'> & { lines: { sku: string; quantity: number }[] };
type Orders = ReadonlyMap<string, Order>;
type Status = Order['status'];

/** Statuses that answers may have reported, by the last status: an expired order may be paid late, or refunded. */
const REPORTED_BEFORE: Record<Status, readonly Status[]> = {
  awaiting_payment: [],
  placed: ['expired', 'placed'],
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

/** Returns orders whose units left the stock without a sale, or stayed despite one. */
export function shelfProblems(histories: Histories, orders: Orders): string[] {
  const gone = new Map<string, number>();
  for (const [sku, movements] of histories) {
    for (const { kind, orderId, onHand } of movements) {
      if (kind !== 'consumed') continue;
      const key = `${orderId} ${sku}`;
      gone.set(key, (gone.get(key) ?? 0) + onHand.before - onHand.after);
    }
  }
  const wanted = [...orders.values()].flatMap(({ orderId, status, lines }) =>
    status === 'placed' ? lines.map(({ sku, quantity }): [string, number] => [`${orderId} ${sku}`, quantity]) : [],
  );
  const sold = new Map(wanted);
  return [...new Set([...gone.keys(), ...sold.keys()])]
    .filter((key) => gone.get(key) !== sold.get(key))
    .map((key) => `${key}: ${gone.get(key) ?? 0} units left the shelf, ${sold.get(key) ?? 0} are sold`);
}
