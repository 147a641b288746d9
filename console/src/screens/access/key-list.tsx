import { useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { withImplied } from '../../../../src/contract/scope-names.ts';
import { moment } from '../../format.ts';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { AgeText, MomentText } from '../../parts/moment-text.tsx';
import { Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Key } from './access-records.ts';
import styles from './access.module.css';

type Open = { dialog: 'create' } | { dialog: 'rotate' | 'revoke'; key: Key };

const CreateKey = lazyDialog(() => import('./create-key.tsx'));
const KeyAction = lazyDialog(() => import('./key-action.tsx'));

const { access } = DETAIL;

const TONES: Readonly<Record<Key['status'], Tone>> = { active: 'ok', expired: 'neutral', revoked: 'neutral' };

const scopesText = ({ scopes }: Key): string => (scopes.length === 0 ? access.noScopes : scopes.join(', '));

const COLUMNS: TableColumn<Key>[] = [
  {
    id: 'name',
    header: access.name,
    cell: ({ row: { original } }) => (
      <span className={styles.stack}>
        <strong>{original.name}</strong>
        <small>{original.keyId}</small>
        <small className={styles.onlyNarrow}>{scopesText(original)}</small>
      </span>
    ),
  },
  {
    id: 'state',
    header: access.state,
    cell: ({ row: { original } }) => (
      <span className={styles.stack}>
        <span>
          <Badge tone={TONES[original.status]}>{access.states[original.status]}</Badge>
        </span>
        {original.status === 'active' && original.expiresAt !== undefined && (
          <small>{access.ending(moment(original.expiresAt))}</small>
        )}
      </span>
    ),
  },
  {
    id: 'scopes',
    header: access.scopes,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => <span className={styles.scopes}>{scopesText(original)}</span>,
  },
  {
    id: 'used',
    header: access.used,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) =>
      original.lastUsedAt === undefined ? access.neverUsed : <AgeText at={original.lastUsedAt} />,
  },
  {
    id: 'created',
    header: access.created,
    meta: { hide: 'medium' },
    cell: ({ row: { original } }) => (
      <span className={styles.stack}>
        <MomentText at={original.createdAt} />
        <small>
          {access.by} {original.createdBy}
        </small>
      </span>
    ),
  },
];

/** The valid keys first, the newest of them before others. */
const inOrder = (keys: readonly Key[]): Key[] =>
  keys.toSorted((a, b) => Number(b.status === 'active') - Number(a.status === 'active') || b.createdAt - a.createdAt);

/** All keys, with what an operator can do about each. */
export function KeyList() {
  const { may } = useOperator();
  const [open, setOpen] = useState<Open | null>(null);
  const list = useQuery({ ...useTRPC().keys.list.queryOptions({}), refetchInterval: READ_EVERY_MS });
  const actions = useActions(setOpen);
  const close = (): void => setOpen(null);
  return (
    <Section
      title={access.keys}
      note={access.keysNote}
      actions={
        may('keys.create') && (
          <Button look="primary" onClick={() => setOpen({ dialog: 'create' })}>
            {access.create}
          </Button>
        )
      }
    >
      <DataTable
        label={access.keys}
        columns={[...COLUMNS, ...actions]}
        rows={list.data && inOrder(list.data.items)}
        rowId={({ keyId }) => keyId}
        error={list.error}
        onRetry={() => void list.refetch()}
        empty={<EmptyState title={access.noKeys}>{access.noKeysLead}</EmptyState>}
      />
      <Suspense>
        {open?.dialog === 'create' && <CreateKey onClose={close} />}
        {open && open.dialog !== 'create' && <KeyAction name={open.dialog} target={open.key} onClose={close} />}
      </Suspense>
    </Section>
  );
}

/** The column of the buttons that the own key may use. It cannot give scopes that it does not have. */
function useActions(open: (what: Open) => void): TableColumn<Key>[] {
  const { may, scopes: own } = useOperator();
  const mayRotate = ({ scopes }: Key): boolean =>
    may('keys.create') && [...withImplied(scopes)].every((scope) => own.has(scope));
  if (!may('keys.revoke')) return [];
  return [
    {
      id: 'actions',
      header: TEXT.parts.action,
      meta: { align: 'right' },
      cell: ({ row: { original: key } }) =>
        key.status === 'active' && (
          <span className={styles.buttons}>
            {mayRotate(key) && (
              <Button aria-label={access.rotateTitle(key.name)} onClick={() => open({ dialog: 'rotate', key })}>
                {access.rotate}
              </Button>
            )}
            <Button aria-label={access.revokeTitle(key.name)} onClick={() => open({ dialog: 'revoke', key })}>
              {access.revoke}
            </Button>
          </span>
        ),
    },
  ];
}
