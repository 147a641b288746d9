import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { READ_EVERY_MS } from './freshness.ts';

interface Page<T, C> {
  items: readonly T[];
  nextCursor?: C;
}

interface At<C> {
  cursor?: C;
}

interface PagesOptions<T, C> {
  /** The procedure and its input: a list with another key is another list. */
  queryKey: readonly unknown[];
  /** Reads the page after a cursor. */
  read: (at: At<C>, signal: AbortSignal) => Promise<Page<T, C>>;
  enabled?: boolean;
  /** How often the first pages are read again; false: only after an action. */
  everyMs?: number | false;
}

/** While more pages than these are shown, they stay as they are, because reading all of them again costs much. */
const PAGES_LIVE = 3;

/**
 * Reads a list page by page, and the first pages of it again every few seconds. `rows` has the items of all pages;
 * undefined: none has arrived.
 */
export function usePages<T, C extends string | object = string>(options: PagesOptions<T, C>) {
  const { queryKey, read, enabled = true, everyMs = READ_EVERY_MS } = options;
  const query = useInfiniteQuery({
    queryKey,
    enabled,
    initialPageParam: {} as At<C>,
    queryFn: ({ pageParam, signal }: { pageParam: At<C>; signal: AbortSignal }) => read(pageParam, signal),
    getNextPageParam: ({ nextCursor }) => (nextCursor === undefined ? undefined : { cursor: nextCursor }),
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > PAGES_LIVE ? false : everyMs),
  });
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items), [query.data]);
  return { ...query, rows };
}
