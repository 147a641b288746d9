import { change, number } from '../../format.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { AgeText } from '../../parts/moment-text.tsx';
import { DETAIL } from '../../detail-text.ts';
import { ActorText } from '../actor-text.tsx';
import type { CauseRow, Counters, tallyCauses } from './cause-tally.ts';
import shared from '../shared.module.css';
import styles from './sku-screen.module.css';

type Row = CauseRow | { id: 'net'; change: Counters };

const isCause = (row: Row): row is CauseRow => 'kind' in row;

function CauseCell({ row }: { row: Row }) {
  if (!isCause(row)) return <strong>{DETAIL.sku.net}</strong>;
  const { kind, by, reason } = row;
  return (
    <div className={shared.stack}>
      <span>{DETAIL.ledger.kinds[kind]}</span>
      {by !== undefined && (
        <span className={shared.small}>
          {reason !== undefined && `${reason}, `}
          <ActorText by={by} />
        </span>
      )}
    </div>
  );
}

const counter = (id: keyof Counters, header: string, hide?: 'narrow'): TableColumn<Row> => ({
  id,
  header,
  meta: { align: 'right', ...(hide && { hide }) },
  cell: ({ row: { original } }) => {
    const value = original.change[id];
    return <span className={value === 0 ? shared.same : styles.changed}>{change(value)}</span>;
  },
});

const COLUMNS: readonly TableColumn<Row>[] = [
  { id: 'cause', header: DETAIL.sku.cause, cell: ({ row }) => <CauseCell row={row.original} /> },
  counter('onHand', DETAIL.sku.onHand),
  counter('reserved', DETAIL.sku.reserved, 'narrow'),
  counter('committed', DETAIL.sku.committed, 'narrow'),
  counter('free', DETAIL.sku.free),
  {
    id: 'count',
    header: DETAIL.sku.movements,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => isCause(original) && number(original.count),
  },
  {
    id: 'last',
    header: DETAIL.sku.lastAt,
    meta: { align: 'right', hide: 'medium' },
    cell: ({ row: { original } }) => isCause(original) && <AgeText at={original.lastAt} />,
  },
];

const KIT_COLUMNS = COLUMNS.filter(({ id }) => id !== 'free').map((column) =>
  column.id === 'onHand' ? { ...column, header: DETAIL.sku.inHolds } : column,
);

interface CauseTableProps {
  /** Undefined while it is loading. */
  tally: ReturnType<typeof tallyCauses> | undefined;
  hasFailed: boolean;
  /** A kit has no free units of its own. */
  isKit: boolean;
}

/** The causes of what changed, those first that changed most. */
export function CauseTable({ tally, hasFailed, isKit }: CauseTableProps) {
  if (tally === undefined && hasFailed) return null;
  const rows =
    tally && (tally.rows.length > 1 ? [...tally.rows, { id: 'net' as const, change: tally.net }] : tally.rows);
  return (
    <DataTable
      label={DETAIL.sku.changes}
      columns={isKit ? KIT_COLUMNS : COLUMNS}
      rows={rows}
      rowId={({ id }) => id}
      empty={DETAIL.sku.nothing}
      footer={!isKit && DETAIL.sku.freeNote}
    />
  );
}
