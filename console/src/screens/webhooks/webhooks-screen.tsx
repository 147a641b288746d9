import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { number } from '../../format.ts';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Countdown } from '../../parts/countdown.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Card, Page, Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { byTrouble, type Endpoint, StateBadge, stateOf } from '../endpoint-state.tsx';
import styles from './webhooks.module.css';

const AddEndpoint = lazyDialog(() => import('./add-endpoint.tsx'));

const { webhooks } = DETAIL;

const COLUMNS: TableColumn<Endpoint>[] = [
  { id: 'endpoint', header: webhooks.endpoint, cell: ({ row: { original } }) => <EndpointLink endpoint={original} /> },
  { id: 'state', header: webhooks.state, cell: ({ row: { original } }) => <StateBadge endpoint={original} /> },
  {
    id: 'waiting',
    header: webhooks.waiting,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => number(original.waiting),
  },
  {
    id: 'dead',
    header: webhooks.dead,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => number(original.deadLetters),
  },
  {
    id: 'next',
    header: webhooks.next,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) =>
      original.enabled && original.nextAt !== undefined ? <Countdown until={original.nextAt} /> : '–',
  },
];

function EndpointLink({ endpoint: { endpointId, url, description } }: { endpoint: Endpoint }) {
  return (
    <span className={styles.name}>
      <Link to="/webhooks/$endpointId" params={{ endpointId }} title={url}>
        {description ?? url}
      </Link>
      {description && <small title={url}>{url}</small>}
    </span>
  );
}

/** Which endpoints receive events, which fail, and why. */
export function WebhooksScreen() {
  const { may } = useOperator();
  const navigate = useNavigate();
  const [isAdding, setAdding] = useState(false);
  const list = useQuery({ ...useTRPC().webhooks.list.queryOptions({}), refetchInterval: READ_EVERY_MS });
  const endpoints = list.data && byTrouble(list.data.items);
  return (
    <Page
      title={TEXT.screens.webhooks}
      lead={webhooks.lead}
      actions={
        <>
          <StaleMark {...freshnessOf(READ_EVERY_MS, list)} />
          {may('webhooks.create') && (
            <Button look="primary" onClick={() => setAdding(true)}>
              {webhooks.add}
            </Button>
          )}
        </>
      }
    >
      {endpoints && endpoints.length > 0 && <Verdict endpoints={endpoints} />}
      <Section title={webhooks.endpoints}>
        <DataTable
          label={webhooks.endpoints}
          columns={COLUMNS}
          rows={endpoints}
          rowId={({ endpointId }) => endpointId}
          onOpen={({ endpointId }) => void navigate({ to: '/webhooks/$endpointId', params: { endpointId } })}
          error={list.error}
          onRetry={() => void list.refetch()}
          empty={<EmptyState title={webhooks.none}>{webhooks.noneLead}</EmptyState>}
        />
      </Section>
      <Suspense>{isAdding && <AddEndpoint onClose={() => setAdding(false)} />}</Suspense>
    </Page>
  );
}

/** Names the endpoints that fail and says why, or that all is well. */
function Verdict({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const failing = endpoints.filter((endpoint) => stateOf(endpoint).tone !== 'ok');
  return (
    <Card>
      <div role="status" className={styles.verdict}>
        <p className={styles.sum}>
          <Badge tone={failing.length === 0 ? 'ok' : 'danger'}>
            {failing.length === 0 ? webhooks.verdictFine : webhooks.verdict(failing.length, endpoints.length)}
          </Badge>
        </p>
        <ul className={styles.causes}>
          {failing.map((endpoint) => (
            <li key={endpoint.endpointId}>
              <EndpointLink endpoint={endpoint} />
              <Causes endpoint={endpoint} />
            </li>
          ))}
        </ul>
      </div>
    </Card>
  );
}

export function Causes({ endpoint }: { endpoint: Endpoint }) {
  return (
    <span className={styles.why}>
      {stateOf(endpoint).why.map((sentence) => (
        <span key={sentence}>{sentence}</span>
      ))}
      <small>{webhooks.counts(endpoint.waiting, endpoint.deadLetters)}</small>
    </span>
  );
}
