import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Inputs, Outputs } from '../../../src/client/client.ts';
import { useOperator } from '../session/operator-context.ts';
import { shopNow } from '../shop-time.ts';
import { READ_EVERY_MS } from './freshness.ts';

type Hold = Outputs['holds']['list']['items'][number];
export type HoldFilter = Omit<NonNullable<Inputs['holds']['list']>, 'cursor' | 'limit'>;

const PAGE = 500;
const PAGES_AT_ONCE = 10;

interface WalkedHolds {
  holds: readonly Hold[];
  isComplete: boolean;
  /** Shop time. */
  readAt: number;
}

/**
 * Reads the live holds that meet conditions, all or the first thousands, because an action on all of them has to know
 * them. Reads them again every few seconds if they are few. Reads nothing unless `enabled`.
 */
export function useHoldWalk(filter: HoldFilter, enabled = true) {
  const { client } = useOperator();
  const [pagesMax, setPagesMax] = useState(PAGES_AT_ONCE);
  const query = useQuery({
    enabled,
    queryKey: ['holds walk', filter, pagesMax],
    queryFn: async ({ signal }): Promise<WalkedHolds> => {
      const holds: Hold[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const at = cursor === undefined ? {} : { cursor };
        const page = await client.holds.list.query({ ...filter, limit: PAGE, ...at }, { signal });
        holds.push(...page.items);
        cursor = page.nextCursor;
        if (cursor === undefined) return { holds, isComplete: true, readAt: shopNow() };
      }
      return { holds, isComplete: false, readAt: shopNow() };
    },
    refetchInterval: ({ state: { data } }) => ((data?.holds.length ?? 0) > PAGE ? false : READ_EVERY_MS),
    placeholderData: keepPreviousData,
  });
  return { query, readOn: () => setPagesMax((pages) => pages + PAGES_AT_ONCE) };
}
