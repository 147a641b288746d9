import type { Order } from '../../../../src/client/client.ts';
import { moment } from '../../format.ts';
import { SEARCH_PAGE, useSearchWalk } from '../../live/use-search-walk.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { CartsOfCustomer, customerOf } from './carts-of-customer.tsx';
import { OrderList } from './order-list.tsx';
import type { Reservation } from './order-status.tsx';
import { WalkButton } from './walk-button.tsx';
import { ReservationList } from './reservation-list.tsx';

/** What a text may be: a customer, the reference of a reservation, or the reference of a payment. */
export function FoundLists({ text }: { text: string }) {
  const { may } = useOperator();
  return (
    <>
      {may('orders.list') && <OrdersOfCustomer name={text} />}
      {may('holds.list') && <CartsOfCustomer name={text} />}
      {may('reservations.list') && <ByReference reference={text} />}
      {may('orders.list') && <ByPayment reference={text} />}
    </>
  );
}

function OrdersOfCustomer({ name }: { name: string }) {
  const { client } = useOperator();
  const orders = usePages<Order>({
    queryKey: ['orders of', name],
    everyMs: false,
    read: (at, signal) =>
      client.orders.list.query({ omitContact: true, ...customerOf(name), limit: 50, ...at }, { signal }),
  });
  return (
    <Section title={DETAIL.orders.ofCustomer(name)}>
      <OrderList
        label={DETAIL.orders.ofCustomer(name)}
        rows={orders.rows}
        error={orders.error}
        onRetry={() => void orders.refetch()}
        empty={DETAIL.orders.nothing}
        footer={orders.hasNextPage && <MoreButton pages={orders} />}
      />
    </Section>
  );
}

function ByReference({ reference }: { reference: string }) {
  const { client } = useOperator();
  const found = usePages<Reservation>({
    queryKey: ['reservations of', reference],
    everyMs: false,
    read: (at, signal) => client.reservations.list.query({ reference, ...at }, { signal }),
  });
  return (
    <Section title={DETAIL.orders.byReference}>
      <ReservationList
        label={DETAIL.orders.byReference}
        rows={found.rows}
        error={found.error}
        onRetry={() => void found.refetch()}
      />
    </Section>
  );
}

function ByPayment({ reference }: { reference: string }) {
  const { client } = useOperator();
  const orders = usePages<Order>({
    queryKey: ['paid with', reference],
    everyMs: false,
    read: (at, signal) =>
      client.orders.list.query({ omitContact: true, paymentReference: reference, limit: 50, ...at }, { signal }),
  });
  return (
    <Section title={DETAIL.orders.byPayment}>
      <OrderList
        label={DETAIL.orders.byPayment}
        rows={orders.rows}
        error={orders.error}
        onRetry={() => void orders.refetch()}
        empty={DETAIL.orders.nothing}
        footer={orders.hasNextPage && <MoreButton pages={orders} />}
      />
      {orders.rows?.length === 0 && <UnlistedPayments reference={reference} />}
    </Section>
  );
}

/** Orders of earlier versions are not found by their payment: they are read one by one, the newest first. */
function UnlistedPayments({ reference }: { reference: string }) {
  const { client } = useOperator();
  const walk = useSearchWalk<Order>({
    queryKey: ['payments', reference],
    read: (at, signal) => client.orders.list.query({ omitContact: true, limit: SEARCH_PAGE, ...at }, { signal }),
    isWanted: ({ paymentReference }) => paymentReference === reference,
  });
  const { found, count, last, isComplete } = walk.searched;
  return (
    <>
      <p role="status">{count > 0 && last && DETAIL.orders.looked(count, moment(last.createdAt))}</p>
      {found.length > 0 && (
        <OrderList label={DETAIL.orders.byPaymentEarlier} rows={found} error={null} onRetry={walk.goOn} />
      )}
      {!isComplete && <WalkButton walk={walk} />}
    </>
  );
}
