import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

/** The records that a call reads. */
export const SEARCH_PAGE = 500;
const PAGES_AT_ONCE = 10;

interface Page<T> {
  items: readonly T[];
  nextCursor?: string;
}

interface SearchWalk<T> {
  queryKey: readonly unknown[];
  /** Reads a page of `SEARCH_PAGE` records. */
  read: (at: { cursor?: string }, signal: AbortSignal) => Promise<Page<T>>;
  isWanted: (item: T) => boolean;
}

interface Searched<T> {
  found: readonly T[];
  /** The records that were read. */
  count: number;
  last: T | null;
  isComplete: boolean;
}

const NOTHING = { found: [], count: 0, last: null, isComplete: false };

/** Looks for records of which the shop has no index: page by page, some at once, and further when that is wanted. */
export function useSearchWalk<T>({ queryKey, read, isWanted }: SearchWalk<T>) {
  const [pagesMax, setPagesMax] = useState(PAGES_AT_ONCE);
  const [progress, setProgress] = useState(0);
  const query = useQuery({
    queryKey: [...queryKey, pagesMax],
    queryFn: async ({ signal }): Promise<Searched<T>> => {
      const searched = { found: [] as T[], count: 0, last: null as T | null };
      let cursor: string | undefined;
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const page = await read(cursor === undefined ? {} : { cursor }, signal);
        searched.found.push(...page.items.filter(isWanted));
        searched.count += page.items.length;
        searched.last = page.items.at(-1) ?? searched.last;
        setProgress(pages + 1);
        cursor = page.nextCursor;
        if (cursor === undefined) return { ...searched, isComplete: true };
      }
      return { ...searched, isComplete: false };
    },
    placeholderData: keepPreviousData,
  });
  const searched: Searched<T> = query.data ?? NOTHING;
  return {
    query,
    searched,
    /** The share of the pages that this search reads before it stops. */
    progress: progress / pagesMax,
    isSearching: query.isFetching,
    goOn: () => setPagesMax((pages) => pages + PAGES_AT_ONCE * 4),
  };
}
