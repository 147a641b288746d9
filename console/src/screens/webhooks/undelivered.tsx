import { Suspense, useState } from 'react';
import type { Outputs } from '../../../../src/client/client.ts';
import { number } from '../../format.ts';
import { usePages } from '../../live/use-pages.ts';
import { Button } from '../../parts/button.tsx';
import { Countdown } from '../../parts/countdown.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { EventName } from './event-name.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Endpoint } from '../endpoint-state.tsx';
import styles from './webhooks.module.css';

const ReplayDialog = lazyDialog(() => import('./replay-dialog.tsx'));

type Letter = Outputs['webhooks']['deadLetters']['items'][number];
type Waiting = Outputs['webhooks']['waiting']['items'][number];

const { webhooks } = DETAIL;
const PAGE_ROWS = 50;

type Undelivered = Pick<Waiting, 'eventId' | 'type' | 'at' | 'subject' | 'attempts' | 'lastStatus'>;

/** The columns that waiting events and dead letters share. */
const columnsOf = <T extends Undelivered>(): TableColumn<T>[] => [
  {
    id: 'event',
    header: webhooks.event,
    cell: ({ row }) => <EventName event={row.original} />,
  },
  {
    id: 'result',
    header: webhooks.result,
    cell: ({ row: { original } }) => <Result status={original.lastStatus} />,
  },
  {
    id: 'attempts',
    header: webhooks.attempts,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => number(original.attempts),
  },
  {
    id: 'at',
    header: webhooks.happened,
    meta: { hide: 'medium' },
    cell: ({ row: { original } }) => <MomentText at={original.at} />,
  },
];

function Result({ status }: { status: string | undefined }) {
  if (status === undefined || status === '') return webhooks.notTried;
  return (
    <span className={styles.result}>
      {webhooks.status(status)}
      <small>{webhooks.reasonOf(status)}</small>
    </span>
  );
}

const WAITING: TableColumn<Waiting>[] = [
  ...columnsOf<Waiting>(),
  {
    id: 'next',
    header: webhooks.next,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => <Countdown until={original.nextAt} />,
  },
];

const letterColumns = (onReplay: ((letter: Letter) => void) | null): TableColumn<Letter>[] => [
  ...columnsOf<Letter>(),
  {
    id: 'died',
    header: webhooks.given,
    meta: { hide: 'medium' },
    cell: ({ row: { original } }) => <MomentText at={original.diedAt} />,
  },
  ...(onReplay
    ? [
        {
          id: 'replay',
          header: TEXT.parts.action,
          meta: { align: 'right' as const },
          cell: ({ row: { original } }: { row: { original: Letter } }) => (
            <Button aria-label={`${webhooks.replay} ${original.eventId}`} onClick={() => onReplay(original)}>
              {webhooks.replay}
            </Button>
          ),
        },
      ]
    : []),
];

/** Events that the server sends again by itself. */
export function WaitingEvents({ endpoint: { endpointId } }: { endpoint: Endpoint }) {
  const { client } = useOperator();
  const pages = usePages<Waiting>({
    queryKey: ['webhooks.waiting', endpointId],
    read: (at, signal) => client.webhooks.waiting.query({ endpointId, limit: PAGE_ROWS, ...at }, { signal }),
  });
  return (
    <Section title={webhooks.waiting} note={webhooks.waitingNote}>
      <DataTable
        label={webhooks.waiting}
        columns={WAITING}
        rows={pages.rows}
        rowId={({ eventId }) => eventId}
        error={pages.error}
        onRetry={() => void pages.refetch()}
        empty={webhooks.noWaiting}
        footer={pages.hasNextPage && <MoreButton pages={pages} />}
      />
    </Section>
  );
}

/** Events that the server has given up, which an operator may replay. */
export function DeadLetters({ endpoint }: { endpoint: Endpoint }) {
  const { endpointId, deadLetters } = endpoint;
  const { client, may } = useOperator();
  const [replayed, setReplayed] = useState<Letter | 'all' | null>(null);
  const pages = usePages<Letter>({
    queryKey: ['webhooks.deadLetters', endpointId],
    read: (at, signal) => client.webhooks.deadLetters.query({ endpointId, limit: PAGE_ROWS, ...at }, { signal }),
  });
  const mayReplay = may('webhooks.replay');
  return (
    <Section
      title={webhooks.dead}
      note={webhooks.deadNote}
      actions={mayReplay && deadLetters > 0 && <Button onClick={() => setReplayed('all')}>{webhooks.replayAll}</Button>}
    >
      <DataTable
        label={webhooks.dead}
        columns={letterColumns(mayReplay ? setReplayed : null)}
        rows={pages.rows}
        rowId={({ eventId }) => eventId}
        error={pages.error}
        onRetry={() => void pages.refetch()}
        empty={webhooks.noDead}
        footer={pages.hasNextPage && <MoreButton pages={pages} />}
      />
      <Suspense>
        {replayed && <ReplayDialog endpoint={endpoint} letter={replayed} onClose={() => setReplayed(null)} />}
      </Suspense>
    </Section>
  );
}
