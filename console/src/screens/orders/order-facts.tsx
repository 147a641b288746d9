import type { Order } from '../../../../src/client/client.ts';
import { money } from '../../format.ts';
import { Countdown } from '../../parts/countdown.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { DETAIL } from '../../detail-text.ts';
import { OrderStatus } from './order-status.tsx';

/** What an order is: its status, total, payment and contact. */
export function OrderFacts({ order }: { order: Order }) {
  const { status, createdAt, payBefore, total, contact, trackingReferences, notRestored } = order;
  return (
    <Facts
      rows={[
        [DETAIL.orders.status, <OrderStatus key="status" status={status} />],
        [DETAIL.orders.created, <MomentText key="created" at={createdAt} />],
        [DETAIL.orders.payBefore, payBefore && <Countdown until={payBefore} />],
        [DETAIL.orders.total, total ? money(total) : undefined],
        [DETAIL.orders.paymentReference, order.paymentReference],
        [DETAIL.orders.contact, contact && [contact.name, contact.email, contact.phone].filter(Boolean).join(', ')],
        [DETAIL.orders.tracking, trackingReferences?.join(', ')],
        [
          DETAIL.orders.notRestored,
          notRestored?.map(({ quantity, sku }) => DETAIL.orders.line(quantity, sku)).join(', '),
        ],
        [DETAIL.orders.requestId, order.requestId],
      ]}
    />
  );
}
