import { expect, test } from 'vitest';
import { acceptsChange, isOrderEdge, isSold, ORDER_STATUSES, type OrderStatus } from '../../src/domain/order-states.ts';
import { isOpenReservation, RESERVATION_STATUSES } from '../../src/domain/reservation-states.ts';
import { isOpenTransfer, TRANSFER_STATUSES } from '../../src/domain/transfer-states.ts';

/** The statuses that may follow each one; `none`: the order does not exist, or is deleted. */
const FOLLOWERS: Record<OrderStatus | 'none', (OrderStatus | 'none')[]> = {
  none: ['awaiting_payment', 'placed'],
  awaiting_payment: ['placed', 'cancelled', 'expired'],
  placed: ['partially_fulfilled', 'fulfilled', 'cancelled', 'none'],
  partially_fulfilled: ['fulfilled', 'none'],
  fulfilled: ['none'],
  cancelled: ['none'],
  expired: ['placed', 'refund_due', 'none'],
  refund_due: ['none'],
};
const EACH = [...ORDER_STATUSES, 'none'] as const;
const orNull = (status: OrderStatus | 'none'): OrderStatus | null => (status === 'none' ? null : status);

test.each(EACH)('an order goes from %s only to the statuses that may follow', (from) => {
  const to = EACH.filter((status) => isOrderEdge(orNull(from), orNull(status)));
  expect(to.toSorted()).toEqual(FOLLOWERS[from].toSorted());
});

test('an order has sold units from its placement on, unless it is cancelled', () => {
  expect(ORDER_STATUSES.filter(isSold)).toEqual(['placed', 'partially_fulfilled', 'fulfilled']);
  expect(isSold(null)).toBe(false);
});

test('an order accepts a payment while it waits for one, and returns and dispatches of the units that it sold', () => {
  const accepting = (change: Parameters<typeof acceptsChange>[1]) =>
    ORDER_STATUSES.filter((status) => acceptsChange(status, change));
  expect(accepting('payment_session')).toEqual(['awaiting_payment']);
  expect(accepting('changed_units')).toEqual(['placed', 'partially_fulfilled']);
  expect(accepting('returned_units')).toEqual(['placed', 'partially_fulfilled', 'fulfilled']);
});

test('a reservation and a transfer are open until they have ended', () => {
  expect(RESERVATION_STATUSES.filter(isOpenReservation)).toEqual(['reserved', 'committed', 'partially_fulfilled']);
  expect(TRANSFER_STATUSES.filter(isOpenTransfer)).toEqual(['draft', 'in_transit']);
});
