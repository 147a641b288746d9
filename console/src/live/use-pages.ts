import { useInfiniteQuery } from '@tanstack/react-query';
import { READ_EVERY_MS } from './freshness.ts';

interface Page<T> {
  items: readonly T[];
  nextCursor?: string;
}

interface PagesOptions<T> {
  queryKey: readonly unknown[];
  /** Reads the page after a cursor. */
  read: (at: { cursor?: string }, signal: AbortSignal) => Promise<Page<T>>;
  enabled?: boolean;
}

/** While more pages than these are shown, they stay as they are, because reading all of them again costs much. */
const PAGES_LIVE = 3;

/** Reads a list page by page, and the first pages of it again every few seconds. */
export function usePages<T>({ queryKey, read, enabled = true }: PagesOptions<T>) {
  const pages = useInfiniteQuery({
    queryKey,
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => read(pageParam === undefined ? {} : { cursor: pageParam }, signal),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > PAGES_LIVE ? false : READ_EVERY_MS),
  });
  return { ...pages, rows: pages.data?.pages.flatMap(({ items }) => items) };
}
