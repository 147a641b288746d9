import type { UseQueryResult } from '@tanstack/react-query';
import type { Outputs } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { TEXT } from '../../text.ts';
import styles from './endpoint-table.module.css';

type Endpoints = Outputs['webhooks']['list'];
type Endpoint = Endpoints['items'][number];

const { overview } = TEXT;

const COLUMNS: TableColumn<Endpoint>[] = [
  {
    id: 'url',
    header: overview.endpoint,
    cell: ({ row: { original } }) => (
      <span className={styles.url} title={original.url}>
        {original.description ?? original.url}
      </span>
    ),
  },
  { id: 'state', header: overview.delivery, cell: ({ row: { original } }) => <State endpoint={original} /> },
  {
    id: 'waiting',
    header: overview.events,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => number(original.waiting),
  },
  {
    id: 'dead',
    header: overview.dead,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => number(original.deadLetters),
  },
];

function State({ endpoint: { enabled, disabledReason, waiting, deadLetters } }: { endpoint: Endpoint }) {
  if (!enabled) return <Badge tone="danger">{overview.disabledReasons[disabledReason ?? 'operator']}</Badge>;
  if (waiting + deadLetters > 0) return <Badge tone="warn">{overview.behind}</Badge>;
  return <Badge tone="ok">{overview.enabled}</Badge>;
}

/** The endpoints of webhooks, those with trouble first. */
export default function EndpointTable({ endpoints }: { endpoints: UseQueryResult<Endpoints, unknown> }) {
  const { data, error, refetch } = endpoints;
  return (
    <DataTable
      label={overview.webhooks}
      columns={COLUMNS}
      rows={data?.items.toSorted((a, b) => troubleOf(b) - troubleOf(a))}
      rowId={({ endpointId }) => endpointId}
      error={error}
      onRetry={() => void refetch()}
      empty={<EmptyState title={overview.noEndpoints}>{overview.noEndpointsLead}</EmptyState>}
    />
  );
}

const troubleOf = ({ enabled, waiting, deadLetters }: Endpoint): number => (enabled ? 0 : 1e9) + deadLetters + waiting;
