import type { Order, Outputs } from '../../../../src/client/client.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { DETAIL } from '../../detail-text.ts';

export type Reservation = Outputs['reservations']['get'];

const ORDER_TONES: Readonly<Record<Order['status'], Tone>> = {
  awaiting_payment: 'warn',
  placed: 'ok',
  partially_fulfilled: 'warn',
  fulfilled: 'ok',
  cancelled: 'neutral',
  expired: 'neutral',
  refund_due: 'danger',
};

export const OrderStatus = ({ status }: Pick<Order, 'status'>) => (
  <Badge tone={ORDER_TONES[status]}>{DETAIL.orders.statuses[status]}</Badge>
);

const RESERVATION_TONES: Readonly<Record<Reservation['status'], Tone>> = {
  reserved: 'warn',
  committed: 'ok',
  partially_fulfilled: 'warn',
  fulfilled: 'ok',
  released: 'neutral',
  expired: 'neutral',
};

export const ReservationStatus = ({ status }: Pick<Reservation, 'status'>) => (
  <Badge tone={RESERVATION_TONES[status]}>{DETAIL.reservations.statuses[status]}</Badge>
);
