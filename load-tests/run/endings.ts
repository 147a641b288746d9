import type { Outputs } from '../../src/client/client.ts';
import type { Facts } from '../lib/words.ts';
import type { Histories } from './histories.ts';

type Order = Pick<Outputs['orders']['get'], 'orderId' | 'status'> & { lines: { sku: string; quantity: number }[] };
type Orders = ReadonlyMap<string, Order>;
type Status = Order['status'];

/** What may have been told of an order that is so in the end: what has expired may be paid late, or found gone. */
const TOLD_BEFORE: Record<Status, readonly Status[]> = {
  awaiting_payment: [],
  placed: ['expired', 'placed'],
  cancelled: ['cancelled'],
  expired: ['expired'],
  refund_due: ['expired', 'refund_due'],
};

/** Orders that were told to have ended otherwise than they have, or that have not ended at all. */
export function endingProblems(told: readonly Facts['ending'][], orders: Orders): string[] {
  return [
    ...told.flatMap(({ orderId, status }) => {
      const order = orders.get(orderId);
      if (!order) return [`${orderId} was told to be ${status}, and is not on record`];
      return TOLD_BEFORE[order.status].includes(status)
        ? []
        : [`${orderId} was told to be ${status}, and is ${order.status}`];
    }),
    ...[...orders.values()].flatMap(({ orderId, status }) =>
      status === 'awaiting_payment' ? [`${orderId} has not ended`] : [],
    ),
  ];
}

/** Orders whose units left the shelf although they were not sold, or did not although they were. */
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
