import { lazy, Suspense, useMemo, useState } from 'react';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { type HoldFilter, useHoldWalk } from '../../live/use-hold-walk.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { holdColumns } from '../hold-columns.tsx';
import { type Hold, isReleasable, ownerName } from '../hold-owner.ts';
import { sumOf } from './line-units.ts';
import { ReadAgain } from './read-again.tsx';
import styles from './orders.module.css';

const MassReleaseDialog = lazy(() => import('./mass-release-dialog.tsx'));

const ROWS_AT_ONCE = 100;
/** More holds are not read again by themselves. */
const POLLED_MAX = 500;

interface HoldSelectionProps {
  filter: HoldFilter;
  empty?: string;
}

/** The holds that meet a filter. Some or all of them can be selected and released. */
export function HoldSelection({ filter, empty = TEXT.massRelease.none }: HoldSelectionProps) {
  const { may } = useOperator();
  const { query, readOn } = useHoldWalk(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [releasing, setReleasing] = useState<readonly Hold[] | null>(null);
  const [rowsMax, setRowsMax] = useState(ROWS_AT_ONCE);
  const { data } = query;
  const holds = data?.holds ?? NONE;
  const mayRelease = may('holds.release');
  const columns = useMemo(() => columnsOf(mayRelease, selected, setSelected), [mayRelease, selected]);
  const isCut = data?.isComplete === false;
  return (
    <Section
      title={TEXT.massRelease.list}
      note={data && TEXT.massRelease.summary(holds.length, sumOf(holds.map(({ quantity }) => quantity)))}
      actions={
        holds.length > POLLED_MAX ? <ReadAgain query={query} /> : <StaleMark {...freshnessOf(READ_EVERY_MS, query)} />
      }
    >
      {mayRelease && <SelectionBar {...{ holds, selected, setSelected }} onRelease={setReleasing} />}
      <DataTable
        label={TEXT.massRelease.list}
        columns={columns}
        rows={data && holds.slice(0, rowsMax)}
        rowId={({ holdId }) => holdId}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={empty}
        footer={
          (holds.length > rowsMax || isCut) && (
            <Footer
              {...{ shown: Math.min(rowsMax, holds.length), all: holds.length, isCut, readOn }}
              onMore={() => setRowsMax(rowsMax + ROWS_AT_ONCE)}
            />
          )
        }
      />
      <Suspense>
        {releasing && (
          <MassReleaseDialog
            holds={releasing}
            onClose={() => {
              setReleasing(null);
              setSelected(new Set());
            }}
          />
        )}
      </Suspense>
    </Section>
  );
}

const NONE: readonly Hold[] = [];

type Select = (selected: ReadonlySet<string>) => void;

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
    header: () => <span className="visually-hidden">{TEXT.sku.actions}</span>,
    cell: ({ row: { original } }) =>
      isReleasable(original) && (
        <input
          type="checkbox"
          className={styles.check}
          aria-label={TEXT.massRelease.select(ownerName(original.owner))}
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
        {isAll ? TEXT.massRelease.selectNone : TEXT.massRelease.selectAll(releasable.length)}
      </Button>
      <Button look="danger" disabled={chosen.length === 0} onClick={() => onRelease(chosen)}>
        {TEXT.massRelease.releaseSelected(chosen.length)}
      </Button>
      {others > 0 && <span className={styles.note}>{TEXT.massRelease.notReleasable(others)}</span>}
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
        {TEXT.massRelease.rowsShown(shown, all)} {isCut && TEXT.massRelease.cut(all)}
      </span>
      <span className={styles.bar}>
        {shown < all && <Button onClick={onMore}>{TEXT.parts.more}</Button>}
        {isCut && <Button onClick={readOn}>{TEXT.massRelease.readOn}</Button>}
      </span>
    </>
  );
}
