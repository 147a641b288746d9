import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HoldfastClient, Order } from '../../../../src/client/client.ts';
import { moment } from '../../format.ts';
import { usePages } from '../../live/use-pages.ts';
import { Button } from '../../parts/button.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { OrderList } from './order-list.tsx';
import type { Reservation } from './order-status.tsx';
import { ReservationList } from './reservation-list.tsx';

/** What a text may be: a customer, the reference of a reservation, or the reference of a payment. */
export function FoundLists({ text }: { text: string }) {
  const { may } = useOperator();
  return (
    <>
      {may('orders.list') && <OrdersOfCustomer name={text} />}
      {may('reservations.list') && <ByReference reference={text} />}
      {may('orders.list') && <ByPayment reference={text} />}
    </>
  );
}

const CUSTOMER_NAME = /^customer:[\w-]{22}$/;

function OrdersOfCustomer({ name }: { name: string }) {
  const { client } = useOperator();
  const whose = CUSTOMER_NAME.test(name) ? { session: name } : { customerId: name };
  const orders = usePages<Order>({
    queryKey: ['orders of', name],
    everyMs: false,
    read: (at, signal) => client.orders.list.query({ ...whose, limit: 50, ...at }, { signal }),
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

const PAGE = 500;
const PAGES_AT_ONCE = 4;

interface Searched {
  found: Order[];
  count: number;
  oldestAt: number;
  isComplete: boolean;
}

/** Walks the newest orders, because the store has no index of payment references. */
async function searchPayments(
  client: HoldfastClient,
  { reference, pagesMax, signal }: { reference: string; pagesMax: number; signal: AbortSignal },
): Promise<Searched> {
  const searched: Searched = { found: [], count: 0, oldestAt: 0, isComplete: false };
  let cursor: string | undefined;
  for (let pages = 0; pages < pagesMax && !searched.isComplete; pages += 1) {
    const at = cursor === undefined ? {} : { cursor };
    const page = await client.orders.list.query({ limit: PAGE, ...at }, { signal });
    searched.found.push(...page.items.filter(({ paymentReference }) => paymentReference === reference));
    searched.count += page.items.length;
    searched.oldestAt = page.items.at(-1)?.createdAt ?? searched.oldestAt;
    cursor = page.nextCursor;
    searched.isComplete = cursor === undefined;
  }
  return searched;
}

function ByPayment({ reference }: { reference: string }) {
  const { client } = useOperator();
  const [pagesMax, setPagesMax] = useState(PAGES_AT_ONCE);
  const search = useQuery({
    queryKey: ['payments', reference, pagesMax],
    queryFn: ({ signal }) => searchPayments(client, { reference, pagesMax, signal }),
    placeholderData: keepPreviousData,
  });
  const { data } = search;
  return (
    <Section
      title={DETAIL.orders.byPayment}
      note={data && data.count > 0 && DETAIL.orders.looked(data.count, moment(data.oldestAt))}
    >
      <OrderList
        label={DETAIL.orders.byPayment}
        rows={data?.found}
        error={search.error}
        onRetry={() => void search.refetch()}
        empty={DETAIL.orders.nothing}
        footer={
          data?.isComplete === false && (
            <Button disabled={search.isFetching} onClick={() => setPagesMax(pagesMax + PAGES_AT_ONCE)}>
              {search.isFetching ? TEXT.parts.moreLoading : DETAIL.orders.lookFurther}
            </Button>
          )
        }
      />
    </Section>
  );
}
