import { skipToken, useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { usePages } from '../../live/use-pages.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { ActorText } from '../actor-text.tsx';
import type { Block, Event } from './access-records.ts';
import styles from './access.module.css';

type Open = { dialog: 'block' | 'end' } | { dialog: 'unblock'; block: Block };

const BlockDialog = lazyDialog(() => import('./block-dialog.tsx'));
const UnblockDialog = lazyDialog(() => import('./unblock-dialog.tsx'));
const EndSessions = lazyDialog(() => import('./end-sessions.tsx'));

const { access } = DETAIL;
const PAGE_ROWS = 100;
const EVENTS_READ = 500;

/** The sessions and clients that are refused, and the sessions that were bound to customers. */
export function SessionLists() {
  const { may } = useOperator();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  return (
    <>
      <Section
        title={access.blocks}
        note={access.blocksNote}
        actions={
          <>
            {may('session.revoke') && (
              <Button onClick={() => setOpen({ dialog: 'end' })}>{access.revokeSessions}</Button>
            )}
            {may('sessions.block') && (
              <Button look="primary" onClick={() => setOpen({ dialog: 'block' })}>
                {access.block}
              </Button>
            )}
          </>
        }
      >
        <Blocks onUnblock={(block) => setOpen({ dialog: 'unblock', block })} />
      </Section>
      {may('admin.events') && <BoundSessions />}
      <Suspense>
        {open?.dialog === 'block' && <BlockDialog onClose={close} />}
        {open?.dialog === 'end' && <EndSessions onClose={close} />}
        {open?.dialog === 'unblock' && <UnblockDialog block={open.block} onClose={close} />}
      </Suspense>
    </>
  );
}

const BLOCKS: TableColumn<Block>[] = [
  {
    id: 'who',
    header: access.whom,
    cell: ({ row: { original } }) => <code className={styles.id}>{original.session ?? original.client}</code>,
  },
  {
    id: 'why',
    header: access.why,
    cell: ({ row: { original } }) => <span className={styles.id}>{original.reason}</span>,
  },
  {
    id: 'by',
    header: access.who,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => <ActorText by={original.by} />,
  },
  {
    id: 'since',
    header: access.since,
    meta: { hide: 'medium' },
    cell: ({ row: { original } }) => <MomentText at={original.at} />,
  },
  {
    id: 'until',
    header: access.until,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => <MomentText at={original.until} />,
  },
];

function Blocks({ onUnblock }: { onUnblock: (block: Block) => void }) {
  const { client, may } = useOperator();
  const pages = usePages<Block>({
    queryKey: ['sessions.blocks'],
    read: (at, signal) => client.sessions.blocks.query({ limit: PAGE_ROWS, ...at }, { signal }),
  });
  const action: TableColumn<Block> = {
    id: 'action',
    header: TEXT.parts.action,
    meta: { align: 'right' },
    cell: ({ row: { original } }) => <Button onClick={() => onUnblock(original)}>{access.unblock}</Button>,
  };
  return (
    <DataTable
      label={access.blocks}
      columns={may('sessions.unblock') ? [...BLOCKS, action] : BLOCKS}
      rows={pages.rows}
      rowId={({ session = '', client: blocked = '' }) => session + blocked}
      error={pages.error}
      onRetry={() => void pages.refetch()}
      empty={<EmptyState title={access.noBlocks}>{access.noBlocksLead}</EmptyState>}
      footer={pages.hasNextPage && <MoreButton pages={pages} />}
    />
  );
}

const fieldOf = (details: unknown, name: string): string => {
  const value =
    typeof details === 'object' && details !== null ? (details as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : '–';
};

const BOUND: TableColumn<Event>[] = [
  {
    id: 'customer',
    header: access.customer,
    cell: ({ row: { original } }) => <span className={styles.id}>{fieldOf(original.after, 'customer')}</span>,
  },
  {
    id: 'session',
    header: access.session,
    cell: ({ row: { original } }) => <code className={styles.id}>{fieldOf(original.after, 'session')}</code>,
  },
  {
    id: 'by',
    header: access.who,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => <ActorText by={original.by} />,
  },
  {
    id: 'at',
    header: access.when,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => <MomentText at={original.at} />,
  },
];

/** The sessions that keys issued for customers. Only events have them: a bound session is not stored. */
function BoundSessions() {
  const { may } = useOperator();
  const input = may('admin.events') ? { limit: EVENTS_READ } : skipToken;
  const events = useQuery({ ...useTRPC().admin.events.queryOptions(input), refetchInterval: READ_EVERY_MS });
  return (
    <Section title={access.bound} note={access.boundNote(EVENTS_READ)}>
      <DataTable
        label={access.bound}
        columns={BOUND}
        rows={events.data?.items.filter(({ what }) => what === 'session.create')}
        rowId={({ at, after }) => `${at} ${fieldOf(after, 'session')}`}
        error={events.error}
        onRetry={() => void events.refetch()}
        empty={access.noBound}
      />
    </Section>
  );
}
