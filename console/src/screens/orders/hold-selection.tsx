import { Suspense, useMemo, useState } from 'react';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { type HoldFilter, useHoldWalk } from '../../live/use-hold-walk.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { holdColumns } from '../hold-columns.tsx';
import { type Hold, isReleasable, ownerName } from '../hold-owner.ts';
import { sumOf } from './line-units.ts';
import { ReadAgain } from './read-again.tsx';
import styles from './orders.module.css';

const MassReleaseDialog = lazyDialog(() => import('./mass-release-dialog.tsx'));

const ROWS_AT_ONCE = 100;
/** More holds are not read again by themselves. */
const POLLED_MAX = 500;

interface HoldSelectionProps {
  filter: HoldFilter;
  empty?: string;
}

/** The holds that meet a filter. Some or all of them can be selected and released. */
export function HoldSelection({ filter, empty = DETAIL.massRelease.none }: HoldSelectionProps) {
  const mayRelease = useOperator().may('holds.releaseWhere');
  const { query, readOn } = useHoldWalk(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(NOTHING);
  const [releasing, setReleasing] = useState<readonly Hold[] | null>(null);
  const { data } = query;
  const holds = data?.holds ?? NONE;
  const close = (): void => {
    setReleasing(null);
    setSelected(NOTHING);
  };
  return (
    <Section
      title={DETAIL.massRelease.list}
      note={data && DETAIL.massRelease.summary(holds.length, sumOf(holds.map(({ quantity }) => quantity)))}
      actions={
        holds.length > POLLED_MAX ? <ReadAgain query={query} /> : <StaleMark {...freshnessOf(READ_EVERY_MS, query)} />
      }
    >
      {mayRelease && <SelectionBar {...{ holds, selected, setSelected }} onRelease={setReleasing} />}
      <HoldTable {...{ query, readOn, mayRelease, selected, empty }} onSelect={setSelected} />
      <Suspense>{releasing && <MassReleaseDialog holds={releasing} onClose={close} />}</Suspense>
    </Section>
  );
}

const NONE: readonly Hold[] = [];
const NOTHING: ReadonlySet<string> = new Set();

type Select = (selected: ReadonlySet<string>) => void;

interface HoldTableProps extends ReturnType<typeof useHoldWalk> {
  mayRelease: boolean;
  selected: ReadonlySet<string>;
  onSelect: Select;
  empty: string;
}

function HoldTable({ query, readOn, mayRelease, selected, onSelect, empty }: HoldTableProps) {
  const [rowsMax, setRowsMax] = useState(ROWS_AT_ONCE);
  const columns = useMemo(() => columnsOf(mayRelease, selected, onSelect), [mayRelease, selected, onSelect]);
  const { data, error } = query;
  const all = data?.holds.length ?? 0;
  const isCut = data?.isComplete === false;
  return (
    <DataTable
      label={DETAIL.massRelease.list}
      columns={columns}
      rows={data?.holds.slice(0, rowsMax)}
      rowId={({ holdId }) => holdId}
      error={error}
      onRetry={() => void query.refetch()}
      empty={empty}
      footer={
        (all > rowsMax || isCut) && (
          <Footer
            {...{ shown: Math.min(rowsMax, all), all, isCut, readOn }}
            onMore={() => setRowsMax(rowsMax + ROWS_AT_ONCE)}
          />
        )
      }
    />
  );
}

function columnsOf(mayRelease: boolean, selected: ReadonlySet<string>, select: Select): TableColumn<Hold>[] {
  const columns = holdColumns({ showsSku: true });
  if (!mayRelease) return columns;
  const toggle = (holdId: string): void => {
    const next = new Set(selected);
    if (!next.delete(holdId)) next.add(holdId);
    select(next);
  };
  const checks: TableColumn<Hold> = {
    id: 'selected',
    header: () => <span className="visually-hidden">{DETAIL.sku.actions}</span>,
    cell: ({ row: { original } }) =>
      isReleasable(original) && (
        <input
          type="checkbox"
          className={styles.check}
          aria-label={DETAIL.massRelease.select(ownerName(original.owner))}
          checked={selected.has(original.holdId)}
          onChange={() => toggle(original.holdId)}
        />
      ),
  };
  return [checks, ...columns];
}

interface SelectionBarProps {
  holds: readonly Hold[];
  selected: ReadonlySet<string>;
  setSelected: Select;
  onRelease: (holds: readonly Hold[]) => void;
}

/** Selected holds that have ended meanwhile are not in the list any more, and do not count. */
function SelectionBar({ holds, selected, setSelected, onRelease }: SelectionBarProps) {
  const releasable = holds.filter(isReleasable);
  const chosen = releasable.filter(({ holdId }) => selected.has(holdId));
  const isAll = chosen.length === releasable.length;
  const others = holds.length - releasable.length;
  if (releasable.length === 0) return null;
  return (
    <div className={styles.bar}>
      <Button onClick={() => setSelected(new Set(isAll ? [] : releasable.map(({ holdId }) => holdId)))}>
        {isAll ? DETAIL.massRelease.selectNone : DETAIL.massRelease.selectAll(releasable.length)}
      </Button>
      <Button look="danger" disabled={chosen.length === 0} onClick={() => onRelease(chosen)}>
        {DETAIL.massRelease.releaseSelected(chosen.length)}
      </Button>
      {others > 0 && <span className={styles.note}>{DETAIL.massRelease.notReleasable(others)}</span>}
    </div>
  );
}

interface FooterProps {
  shown: number;
  all: number;
  isCut: boolean;
  readOn: () => void;
  onMore: () => void;
}

function Footer({ shown, all, isCut, readOn, onMore }: FooterProps) {
  return (
    <>
      <span>
        {DETAIL.massRelease.rowsShown(shown, all)} {isCut && DETAIL.massRelease.cut(all)}
      </span>
      <span className={styles.bar}>
        {shown < all && <Button onClick={onMore}>{TEXT.parts.more}</Button>}
        {isCut && <Button onClick={readOn}>{DETAIL.massRelease.readOn}</Button>}
      </span>
    </>
  );
}
