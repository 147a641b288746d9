import { useSubscription } from '@trpc/tanstack-react-query';
import type { Outputs } from 'holdfast/client';
import { useState } from 'react';
import { useTRPC } from './shop.ts';

export type Stock = Outputs['stock']['availability'][number];

/**
 * How much there is, as it changes. After every reconnect the server first tells how things stand, so nothing is missed;
 * what is older than what is known is passed over.
 */
export function useStock(skus: readonly string[]): ReadonlyMap<string, Stock> {
  const trpc = useTRPC();
  const [stock, setStock] = useState<ReadonlyMap<string, Stock & { version: number }>>(new Map());
  useSubscription(
    trpc.stock.watch.subscriptionOptions(
      { skus: [...skus] },
      {
        onData: ({ data }) => {
          setStock((known) => {
            const last = known.get(data.sku)?.version ?? -1;
            return data.version < last ? known : new Map(known).set(data.sku, data);
          });
        },
      },
    ),
  );
  return stock;
}
