import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Outputs } from '../../../../src/client/client.ts';
import type { Freshness } from '../../parts/stale-mark.tsx';
import { usePages } from '../../live/use-pages.ts';
import { useRefresh } from '../../live/use-refresh.ts';
import { type StockUpdate, useStockWatch } from '../../live/use-stock-watch.ts';
import { browserNow } from '../../shop-time.ts';
import { useOperator } from '../../session/operator-context.ts';

type StockPage = Outputs['stock']['list'];
export type StockLevel = StockPage['items'][number];

export interface StockFilter {
  prefix?: string | undefined;
  contains?: string | undefined;
  availableMax?: number | undefined;
}

const PAGE_ROWS = 50;
/** Without a stream the rows are read again this often. */
const READ_MS = 5_000;
/**
 * A search goes on by itself for this many pages without enough rows. The server answers each within half a second, and
 * all of them once it has its index.
 */
const SEARCHED_PAGES_MAX = 250;

/** Returns the rows of the list, which follow the stock, and what is known about them. */
export function useStockList(filter: StockFilter) {
  const { client } = useOperator();
  const queryKey = ['stock.list', filter] as const;
  const query = usePages({
    queryKey,
    read: (at, signal) => client.stock.list.query({ ...filter, ...at, limit: PAGE_ROWS }, { signal }),
    everyMs: false,
  });
  const { rows, refetch, dataUpdatedAt, isError } = query;
  const { isLive, patchedAt } = useLiveRows(rows, queryKey);
  const search = useSearchOn(query);
  useEffect(() => {
    if (isLive) return undefined;
    const timer = setInterval(() => void refetch(), READ_MS);
    return () => clearInterval(timer);
  }, [isLive, refetch]);
  const freshness: Freshness = {
    updatedAt: Math.max(dataUpdatedAt, patchedAt),
    staleAfterMs: isLive ? Number.POSITIVE_INFINITY : 3 * READ_MS,
    isInterrupted: isError,
  };
  return { ...query, freshness, ...search };
}

/** Reads the levels of the shown SKUs again when they have changed, and puts them into the list. */
function useLiveRows(rows: readonly StockLevel[] | undefined, queryKey: readonly unknown[]) {
  const { client } = useOperator();
  const queries = useQueryClient();
  const [patchedAt, setPatchedAt] = useState(0);
  const changed = useRef(new Set<string>());
  const flush = useRefresh(() => {
    const skus = [...changed.current];
    changed.current.clear();
    void Promise.all(skus.map((sku) => client.stock.level.query({ sku }))).then(
      (levels) => {
        queries.setQueryData(queryKey, (data: InfiniteData<StockPage> | undefined) => data && patched(data, levels));
        setPatchedAt(browserNow());
      },
      // The next change, or the next reading of the list, comes soon.
      () => undefined,
    );
  });
  const skus = useMemo(() => rows?.map(({ sku }) => sku) ?? [], [rows]);
  const versions = useMemo(() => new Map(rows?.map(({ sku, version }) => [sku, version])), [rows]);
  const note = ({ sku, version }: StockUpdate): void => {
    if (version <= (versions.get(sku) ?? 0)) return;
    changed.current.add(sku);
    flush();
  };
  return { isLive: useStockWatch(skus, note) === 'live', patchedAt };
}

function patched(data: InfiniteData<StockPage>, levels: readonly StockLevel[]): InfiniteData<StockPage> {
  const bySku = new Map(levels.map((level) => [level.sku, level]));
  const pages = data.pages.map((page) => ({ ...page, items: page.items.map((each) => bySku.get(each.sku) ?? each) }));
  return { ...data, pages };
}

/** A page of a search may be empty although others follow. Goes on until there are rows for a screen. */
function useSearchOn(query: ReturnType<typeof usePages<StockLevel>>) {
  const { hasNextPage, isFetching, isError, fetchNextPage, data, rows } = query;
  const pages = data?.pages.length ?? 0;
  const isUnfinished = hasNextPage && (rows?.length ?? 0) < PAGE_ROWS;
  const isSearching = isUnfinished && pages < SEARCHED_PAGES_MAX && !isError;
  useEffect(() => {
    if (isSearching && !isFetching) void fetchNextPage();
  }, [isSearching, isFetching, fetchNextPage]);
  return { isSearching };
}
