import { skipToken, useQuery } from '@tanstack/react-query';
import type { Outputs } from '../../../src/client/client.ts';
import { useOperator, useTRPC } from '../session/operator-context.ts';
import { READ_OFTEN_MS } from './freshness.ts';

export type ShopStatus = Outputs['admin']['status'];

/** Reads `admin.status` every `everyMs`, if the key may. */
export function useStatus(everyMs: number = READ_OFTEN_MS) {
  const { may } = useOperator();
  const input = may('admin.status') ? {} : skipToken;
  return useQuery({ ...useTRPC().admin.status.queryOptions(input), refetchInterval: everyMs });
}
