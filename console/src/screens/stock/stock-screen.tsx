import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { TEXT } from '../../text.ts';
import { type StockSearch, StockTools } from './stock-tools.tsx';
import type { StockWork } from '../stock-dialog.tsx';
import { stockColumns } from './stock-columns.tsx';
import { useExactSku } from './use-exact-sku.ts';
import { type StockFilter, type StockLevel, useStockList } from './use-stock-list.ts';
import { useOperator } from '../../session/operator-context.ts';

const StockDialog = lazyDialog(() => import('../stock-dialog.tsx'));

const route = getRouteApi('/stock');
const LOW_UNITS = 5;

const filterOf = ({ find, within, show, max = LOW_UNITS }: StockSearch): StockFilter => ({
  ...(find !== undefined && (within === 'all' ? { contains: find } : { prefix: find })),
  ...(show === 'low' && { availableMax: max }),
  ...(show === 'out' && { availableMax: 0 }),
});

/** A search in the middle of names finds its SKUs in their order, and so the one that was meant perhaps last. */
function rowsOf({ within, show }: StockSearch, exact: StockLevel | null, rows: readonly StockLevel[] | undefined) {
  if (!exact || within !== 'all' || show !== undefined) return rows;
  return [exact, ...(rows ?? []).filter(({ sku }) => sku !== exact.sku)];
}

/** All SKUs, found by name and by how many units they have left, and what an operator changes of their stock. */
export function StockScreen() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { may } = useOperator();
  const [work, setWork] = useState<StockWork | null>(null);
  const list = useStockList(filterOf(search));
  const open = (sku: string): void => void navigate({ to: '/stock/$sku', params: { sku } });
  const { exact, openExact } = useExactSku(search.find, open);
  const change = (next: StockSearch): void =>
    void navigate({ to: '/stock', search: (current) => ({ ...current, ...next }), replace: true });
  const rows = rowsOf(search, exact, list.rows);
  return (
    <Page
      title={TEXT.screens.stock}
      lead={TEXT.stock.lead}
      actions={
        <>
          <StaleMark {...list.freshness} />
          <Link to="/stock/import">{TEXT.import.link}</Link>
        </>
      }
    >
      <StockTools search={search} lowUnits={LOW_UNITS} onChange={change} onEnter={openExact} />
      <DataTable
        label={TEXT.screens.stock}
        columns={stockColumns(may, setWork)}
        rows={rows?.length === 0 && list.isSearching ? undefined : rows}
        rowId={({ sku }) => sku}
        onOpen={({ sku }) => open(sku)}
        error={list.error}
        onRetry={() => void list.refetch()}
        empty={<NothingFound search={search} onChange={change} />}
        footer={<Footer list={list} />}
      />
      <Suspense>{work && <StockDialog work={work} onClose={() => setWork(null)} />}</Suspense>
    </Page>
  );
}

interface NothingFoundProps {
  search: StockSearch;
  onChange: (next: StockSearch) => void;
}

function NothingFound({ search: { find, within, show }, onChange }: NothingFoundProps) {
  const { stock } = TEXT;
  if (find === undefined) {
    return show === undefined ? (
      <EmptyState title={stock.none}>{stock.noneLead}</EmptyState>
    ) : (
      <EmptyState title={show === 'out' ? stock.noneOut : stock.noneLow} />
    );
  }
  return (
    <EmptyState title={stock.notFound(find)}>
      {within === 'all' ? (
        stock.notFoundLead
      ) : (
        <Button onClick={() => onChange({ within: 'all' })}>{stock.searchEverywhere}</Button>
      )}
    </EmptyState>
  );
}

function Footer({ list }: { list: ReturnType<typeof useStockList> }) {
  const { rows, isSearching, hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const { stock, parts } = TEXT;
  if (!rows) return null;
  return (
    <>
      <span role="status">{isSearching ? stock.searching(rows.length) : stock.shown(rows.length, hasNextPage)}</span>
      {hasNextPage && !isSearching && (
        <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
          {isFetchingNextPage ? parts.moreLoading : parts.more}
        </Button>
      )}
    </>
  );
}
