import { useQuery } from '@tanstack/react-query';
import { useOperator } from '../session/operator-context.ts';
import { learnShopTime } from '../shop-time.ts';
import { READ_EVERY_MS } from './freshness.ts';

/** Follows the time of the shop, which every key may read. */
export function useShopTime(): void {
  const { client } = useOperator();
  useQuery({
    queryKey: ['shop time'],
    queryFn: ({ signal }) => learnShopTime(() => client.keys.whoami.query({}, { signal })),
    refetchInterval: READ_EVERY_MS,
  });
}
