import { useNavigate } from '@tanstack/react-router';
import type { Order } from '../../../../src/client/client.ts';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { OrderList } from './order-list.tsx';
import { ReadAgain } from './read-again.tsx';
import { StatusChoice } from './status-choice.tsx';
import styles from './orders.module.css';

const STATUSES = Object.keys(DETAIL.orders.statuses) as Order['status'][];

/** All orders, or those of a status, newest first. */
export function OrdersView({ status: given }: { status: string | undefined }) {
  const { client, scopes } = useOperator();
  const navigate = useNavigate();
  const status = STATUSES.find((each) => each === given);
  const readsContacts = scopes.has('orders:read:contact');
  const orders = usePages<Order>({
    queryKey: ['orders', status],
    everyMs: readsContacts ? false : READ_EVERY_MS,
    read: (at, signal) =>
      client.orders.list.query({ omitContact: true, ...(status && { status }), limit: 50, ...at }, { signal }),
  });
  return (
    <>
      <div className={styles.bar}>
        <StatusChoice
          names={DETAIL.orders.statuses}
          value={status}
          onChoose={(next) => void navigate({ to: '/orders', search: { status: next } })}
        />
        {readsContacts && <ReadAgain query={orders} />}
      </div>
      <OrderList
        label={DETAIL.orders.views.orders}
        rows={orders.rows}
        error={orders.error}
        onRetry={() => void orders.refetch()}
        footer={orders.hasNextPage && <MoreButton pages={orders} />}
      />
    </>
  );
}
