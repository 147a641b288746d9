import { useQuery } from '@tanstack/react-query';
import type { Outputs } from '../../../../src/client/client.ts';
import { duration, number } from '../../format.ts';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { Badge } from '../../parts/badge.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { Section } from '../../parts/page.tsx';
import { useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { EventName } from './event-name.tsx';
import styles from './webhooks.module.css';

type Delivery = Outputs['webhooks']['deliveries']['items'][number];

const { webhooks } = DETAIL;

const COLUMNS: TableColumn<Delivery>[] = [
  { id: 'sent', header: webhooks.sent, cell: ({ row }) => <MomentText at={row.original.sentAt} /> },
  {
    id: 'event',
    header: webhooks.event,
    cell: ({ row }) => <EventName event={row.original} />,
  },
  { id: 'result', header: webhooks.answer, cell: ({ row: { original } }) => <Answer delivery={original} /> },
  {
    id: 'took',
    header: webhooks.took,
    meta: { align: 'right' },
    cell: ({ row }) => duration(row.original.tookMs),
  },
  {
    id: 'attempt',
    header: webhooks.attempt,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row }) => number(row.original.attempt),
  },
];

const Answer = ({ delivery: { isDelivered, status } }: { delivery: Delivery }) => (
  <span className={styles.result}>
    <span>
      <Badge tone={isDelivered ? 'ok' : 'danger'}>{isDelivered ? webhooks.accepted : webhooks.failed}</Badge>{' '}
      {webhooks.status(status)}
    </span>
    {!isDelivered && <small>{webhooks.reasonOf(status)}</small>}
  </span>
);

/** The last attempts to deliver events to an endpoint. */
export function Deliveries({ endpointId }: { endpointId: string }) {
  const { data, error, refetch } = useQuery({
    ...useTRPC().webhooks.deliveries.queryOptions({ endpointId }),
    refetchInterval: READ_EVERY_MS,
  });
  return (
    <Section title={webhooks.deliveries} note={webhooks.deliveriesNote}>
      <DataTable
        label={webhooks.deliveries}
        columns={COLUMNS}
        rows={data?.items}
        rowId={({ eventId, attempt, sentAt }) => `${eventId} ${attempt} ${sentAt}`}
        error={error}
        onRetry={() => void refetch()}
        empty={webhooks.noDeliveries}
      />
    </Section>
  );
}
