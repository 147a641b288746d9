import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Suspense, useMemo, useState } from 'react';
import type { Order } from '../../../../src/client/client.ts';
import { money, number } from '../../format.ts';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { Card, Page, Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { SkuLink } from '../sku-link.tsx';
import { openUnits } from './line-units.ts';
import { CancelLineDialog, OrderActions } from './order-actions.tsx';
import { OrderFacts } from './order-facts.tsx';
import { ReadAgain } from './read-again.tsx';
import { placesOf, TimelineSection } from './timeline-section.tsx';

const route = getRouteApi('/orders/$orderId');

/** One order: its lines, what happened to it, and what can be done with it. */
export function OrderScreen() {
  const { orderId } = route.useParams();
  const { scopes } = useOperator();
  const readsContacts = scopes.has('orders:read:contact');
  const query = useQuery({
    ...useTRPC().orders.get.queryOptions({ orderId }),
    refetchInterval: readsContacts ? false : READ_EVERY_MS,
  });
  const { data: order } = query;
  return (
    <Page
      title={DETAIL.holds.order(orderId)}
      actions={
        <>
          {readsContacts ? <ReadAgain query={query} /> : <StaleMark {...freshnessOf(READ_EVERY_MS, query)} />}
          {order && <OrderActions order={order} />}
        </>
      }
    >
      {query.error && (
        <Card>
          <ErrorText error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      )}
      {order && <OrderFacts order={order} />}
      {(order ?? !query.error) && <OrderLines order={order} />}
      {order && (
        <TimelineSection
          owner={`order:${orderId}`}
          places={placesOf(order.lines)}
          since={order.createdAt}
          owns={(movement) => movement.orderId === orderId}
          version={order}
        />
      )}
    </Page>
  );
}

type Line = Order['lines'][number];

function OrderLines({ order }: { order: Order | undefined }) {
  const { may } = useOperator();
  const [cancelled, setCancelled] = useState<string | null>(null);
  const mayCancel = may('orders.cancelLine');
  const columns = useMemo(() => {
    const open = new Set(order && mayCancel ? openUnits(order).map(({ sku }) => sku) : []);
    return open.size > 0 ? [...COLUMNS, cancelColumn(open, setCancelled)] : COLUMNS;
  }, [order, mayCancel]);
  return (
    <Section title={DETAIL.orders.lines}>
      <DataTable
        label={DETAIL.orders.lines}
        columns={columns}
        rows={order?.lines}
        rowId={({ sku }) => sku}
        empty={DETAIL.orders.nothing}
      />
      <Suspense>
        {order && cancelled !== null && (
          <CancelLineDialog order={order} sku={cancelled} onClose={() => setCancelled(null)} />
        )}
      </Suspense>
    </Section>
  );
}

const units = (id: 'quantity' | 'fulfilled' | 'returned'): TableColumn<Line> => ({
  id,
  header: DETAIL.orders[id],
  meta: { align: 'right' },
  cell: ({ row: { original } }) => (original[id] === undefined ? DETAIL.orders.noPrice : number(original[id])),
});

const COLUMNS: readonly TableColumn<Line>[] = [
  { id: 'sku', header: 'SKU', cell: ({ row }) => <SkuLink sku={row.original.sku} /> },
  units('quantity'),
  units('fulfilled'),
  units('returned'),
  {
    id: 'price',
    header: DETAIL.orders.price,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => (original.unitPrice ? money(original.unitPrice) : DETAIL.orders.noPrice),
  },
];

const cancelColumn = (open: ReadonlySet<string>, onCancel: (sku: string) => void): TableColumn<Line> => ({
  id: 'cancel',
  header: () => <span className="visually-hidden">{DETAIL.sku.actions}</span>,
  meta: { align: 'right' },
  cell: ({ row: { original } }) =>
    open.has(original.sku) && <Button onClick={() => onCancel(original.sku)}>{DETAIL.orders.cancelLine}</Button>,
});
