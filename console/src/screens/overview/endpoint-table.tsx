import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Outputs } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { TEXT } from '../../text.ts';
import { byTrouble, type Endpoint, StateBadge } from '../endpoint-state.tsx';
import styles from './endpoint-table.module.css';

type Endpoints = Outputs['webhooks']['list'];

const { overview } = TEXT;

const COLUMNS: TableColumn<Endpoint>[] = [
  {
    id: 'url',
    header: overview.endpoint,
    cell: ({ row: { original } }) => (
      <Link
        to="/webhooks/$endpointId"
        params={{ endpointId: original.endpointId }}
        className={styles.url}
        title={original.url}
      >
        {original.description ?? original.url}
      </Link>
    ),
  },
  { id: 'state', header: overview.delivery, cell: ({ row: { original } }) => <StateBadge endpoint={original} /> },
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

/** The endpoints of webhooks, those with trouble first. */
export default function EndpointTable({ endpoints }: { endpoints: UseQueryResult<Endpoints, unknown> }) {
  const { data, error, refetch } = endpoints;
  return (
    <DataTable
      label={overview.webhooks}
      columns={COLUMNS}
      rows={data && byTrouble(data.items)}
      rowId={({ endpointId }) => endpointId}
      error={error}
      onRetry={() => void refetch()}
      empty={<EmptyState title={overview.noEndpoints}>{overview.noEndpointsLead}</EmptyState>}
    />
  );
}
