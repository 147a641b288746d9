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
import { CancelLineDialog, OrderActions, SetLineDialog } from './order-actions.tsx';
import { OrderFacts } from './order-facts.tsx';
import { ReadAgain } from './read-again.tsx';
import { placesOf, TimelineSection } from './timeline-section.tsx';
import styles from './orders.module.css';

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

const LINE_DIALOGS = { setLineQuantity: SetLineDialog, cancelLine: CancelLineDialog };
const LINE_LABELS = { setLineQuantity: DETAIL.orders.setLine, cancelLine: DETAIL.orders.cancelLine };
const LINE_KINDS = ['setLineQuantity', 'cancelLine'] as const;

/** What the operator is about to do with a line. */
interface LineWork {
  kind: (typeof LINE_KINDS)[number];
  sku: string;
}

function OrderLines({ order }: { order: Order | undefined }) {
  const { may } = useOperator();
  const [work, setWork] = useState<LineWork | null>(null);
  const columns = useMemo(() => {
    const kinds = LINE_KINDS.filter((kind) => may(`orders.${kind}`));
    const open = new Set(order && kinds.length > 0 ? openUnits(order).map(({ sku }) => sku) : []);
    return open.size > 0 ? [...COLUMNS, actionColumn(open, kinds, setWork)] : COLUMNS;
  }, [order, may]);
  const Dialog = work && LINE_DIALOGS[work.kind];
  return (
    <Section title={DETAIL.orders.lines}>
      <DataTable
        label={DETAIL.orders.lines}
        columns={columns}
        rows={order?.lines}
        rowId={({ sku }) => sku}
        empty={DETAIL.orders.nothing}
      />
      <Suspense>{order && Dialog && <Dialog order={order} sku={work.sku} onClose={() => setWork(null)} />}</Suspense>
    </Section>
  );
}

const units = (id: 'quantity' | 'fulfilled' | 'returned', hide?: 'narrow'): TableColumn<Line> => ({
  id,
  header: DETAIL.orders[id],
  meta: { align: 'right', ...(hide && { hide }) },
  cell: ({ row: { original } }) => (original[id] === undefined ? DETAIL.orders.noPrice : number(original[id])),
});

const COLUMNS: readonly TableColumn<Line>[] = [
  { id: 'sku', header: 'SKU', cell: ({ row }) => <SkuLink sku={row.original.sku} /> },
  units('quantity'),
  units('fulfilled'),
  // On a phone the timeline below shows them.
  units('returned', 'narrow'),
  {
    id: 'price',
    header: DETAIL.orders.price,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => (original.unitPrice ? money(original.unitPrice) : DETAIL.orders.noPrice),
  },
];

const actionColumn = (
  open: ReadonlySet<string>,
  kinds: readonly LineWork['kind'][],
  onWork: (work: LineWork) => void,
): TableColumn<Line> => ({
  id: 'actions',
  header: () => <span className="visually-hidden">{DETAIL.sku.actions}</span>,
  meta: { align: 'right' },
  cell: ({ row: { original } }) =>
    open.has(original.sku) && (
      <span className={styles.lineActions}>
        {kinds.map((kind) => (
          <Button key={kind} onClick={() => onWork({ kind, sku: original.sku })}>
            {LINE_LABELS[kind]}
          </Button>
        ))}
      </span>
    ),
});
