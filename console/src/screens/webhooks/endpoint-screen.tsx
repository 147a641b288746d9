import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { WEBHOOK_EVENTS } from '../../../../src/contract/webhook-records.ts';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { Button } from '../../parts/button.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { AgeText, MomentText } from '../../parts/moment-text.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { Deliveries } from './deliveries.tsx';
import type { EndpointActionName } from './endpoint-action.tsx';
import { type Endpoint, StateBadge } from '../endpoint-state.tsx';
import { DeadLetters, WaitingEvents } from './undelivered.tsx';
import { Causes } from './webhooks-screen.tsx';
import styles from './webhooks.module.css';

const EndpointAction = lazyDialog(() => import('./endpoint-action.tsx'));

const { webhooks } = DETAIL;

/** One endpoint: what is not delivered and why, and all that an operator can do about it. */
export function EndpointScreen() {
  const { endpointId } = useParams({ from: '/webhooks/$endpointId' });
  const list = useQuery({ ...useTRPC().webhooks.list.queryOptions({}), refetchInterval: READ_EVERY_MS });
  const endpoint = list.data?.items.find((each) => each.endpointId === endpointId);
  const title = endpoint ? (endpoint.description ?? endpoint.url) : endpointId;
  return (
    <Page
      title={title}
      lead={<Link to="/webhooks">{webhooks.back}</Link>}
      actions={
        <>
          <StaleMark {...freshnessOf(READ_EVERY_MS, list)} />
          {endpoint && <Actions endpoint={endpoint} />}
        </>
      }
    >
      {list.error && <ErrorText error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && !endpoint && <EmptyState title={TEXT.errors.refusals.unknown_endpoint({ endpointId })} />}
      {endpoint && (
        <>
          <Facts endpoint={endpoint} />
          <DeadLetters endpoint={endpoint} />
          <WaitingEvents endpoint={endpoint} />
          <Deliveries endpointId={endpointId} />
        </>
      )}
    </Page>
  );
}

function Facts({ endpoint }: { endpoint: Endpoint }) {
  const { url, events, oldestAt, createdAt } = endpoint;
  return (
    <Card>
      <dl className={styles.facts}>
        <dt>{webhooks.state}</dt>
        <dd>
          <StateBadge endpoint={endpoint} />
        </dd>
        <dt>{webhooks.why}</dt>
        <dd>
          {endpoint.waiting + endpoint.deadLetters > 0 || !endpoint.enabled ? (
            <Causes endpoint={endpoint} />
          ) : (
            webhooks.fine
          )}
        </dd>
        {oldestAt !== undefined && (
          <>
            <dt>{webhooks.oldest}</dt>
            <dd>
              <AgeText at={oldestAt} />
            </dd>
          </>
        )}
        <dt>{webhooks.url}</dt>
        <dd>{url}</dd>
        <dt>{webhooks.subscribed}</dt>
        <dd>
          <Kinds events={events} />
        </dd>
        <dt>{webhooks.created}</dt>
        <dd>
          <MomentText at={createdAt} />
        </dd>
      </dl>
    </Card>
  );
}

function Kinds({ events }: Pick<Endpoint, 'events'>) {
  if (events.length === WEBHOOK_EVENTS.length) return webhooks.allEvents;
  return (
    <span className={styles.kinds}>
      {events.map((event) => (
        <code key={event}>{event}</code>
      ))}
    </span>
  );
}

function Actions({ endpoint }: { endpoint: Endpoint }) {
  const { may } = useOperator();
  const navigate = useNavigate();
  const [open, setOpen] = useState<EndpointActionName | null>(null);
  const close = (wasDeleted: boolean): void => {
    setOpen(null);
    if (wasDeleted) void navigate({ to: '/webhooks' });
  };
  return (
    <>
      {may('webhooks.update') && (
        <Button
          look={endpoint.enabled ? 'plain' : 'primary'}
          onClick={() => setOpen(endpoint.enabled ? 'pause' : 'enable')}
        >
          {endpoint.enabled ? webhooks.pause : webhooks.enable}
        </Button>
      )}
      {may('webhooks.rotateSecret') && <Button onClick={() => setOpen('rotate')}>{webhooks.rotate}</Button>}
      {may('webhooks.delete') && <Button onClick={() => setOpen('remove')}>{webhooks.remove}</Button>}
      <Suspense>{open && <EndpointAction name={open} endpoint={endpoint} onClose={close} />}</Suspense>
    </>
  );
}
