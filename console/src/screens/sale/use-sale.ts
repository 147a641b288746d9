import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type HoldfastClient, isRefusal, type StockLevel } from '../../../../src/client/client.ts';
import { READ_OFTEN_MS } from '../../live/freshness.ts';
import { useRefresh } from '../../live/use-refresh.ts';
import { useStockWatch } from '../../live/use-stock-watch.ts';
import { useOperator } from '../../session/operator-context.ts';
import { type Sample, sampleOf } from './sale-samples.ts';

/** A SKU on sale. */
export interface SkuSale {
  sku: string;
  /** Null: the shop has no such SKU. */
  level: StockLevel | null;
}

export interface Sale {
  skus: readonly SkuSale[];
  /** The first reading of these SKUs in this tab. */
  first: Sample;
  /** How it went while the screen was open, oldest first. */
  samples: readonly Sample[];
}

const SAMPLES_MAX = 1_800;
/** The stream may report ten changes per second of each SKU. */
const READ_SOON_MS = 500;

/**
 * Reads what is sold, held and available of SKUs: soon after each change that the stream reports, and every second, so
 * that the sales per second fall when nothing is sold, and that the screen goes on while the stream is interrupted.
 */
export function useSale(skus: readonly string[]) {
  const { client } = useOperator();
  const queries = useQueryClient();
  // A slow answer is awaited: changes that arrive meanwhile must not cancel it again and again.
  const refresh = useRefresh(() => void query.refetch({ cancelRefetch: false }), READ_SOON_MS);
  const watch = useStockWatch(skus, refresh);
  const queryKey = ['sale', ...skus];
  const query = useQuery({
    queryKey,
    enabled: skus.length > 0,
    refetchInterval: READ_OFTEN_MS,
    structuralSharing: false,
    queryFn: async ({ signal }): Promise<Sale> => {
      const known = queries.getQueryData<Sale>(queryKey);
      const read = await Promise.all(skus.map((sku) => readSku(client, sku, signal)));
      const now = sampleOf(read);
      return {
        skus: read,
        first: known?.first ?? now,
        samples: [...(known?.samples.slice(1 - SAMPLES_MAX) ?? []), now],
      };
    },
  });
  return { query, watch };
}

async function readSku(client: HoldfastClient, sku: string, signal: AbortSignal): Promise<SkuSale> {
  const level = await client.stock.level.query({ sku }, { signal }).catch((error: unknown) => {
    if (isRefusal(error, 'unknown_sku')) return null;
    throw error;
  });
  return { sku, level };
}
