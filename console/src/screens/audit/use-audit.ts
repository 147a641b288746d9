import { useQuery, useQueryClient } from '@tanstack/react-query';
import { browserNow } from '../../shop-time.ts';
import { useTRPC } from '../../session/operator-context.ts';

const STARTED_AT = ['audit.startedAt'];

/**
 * Returns the audit of this tab, which runs only when `run` is called. It goes on, and stays known, while the operator
 * looks at other screens.
 */
export function useAudit() {
  const queries = useQueryClient();
  const audit = useQuery({
    ...useTRPC().admin.audit.queryOptions({}),
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const run = (): void => {
    queries.setQueryData(STARTED_AT, browserNow());
    void audit.refetch();
  };
  const startedAt = queries.getQueryData<number>(STARTED_AT) ?? 0;
  return { audit, run, startedAt };
}
