import { useSubscription } from '@trpc/tanstack-react-query';
import type { Outputs } from '@holdfast/client';
import { useState } from 'react';
import { useTRPC } from './shop.ts';

export type Stock = Outputs['stock']['availability'][number];

/**
 * Returns the available units as they change. After every reconnect the server first sends the current state, so no
 * change is missed. An update that is older than the known one is ignored.
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
