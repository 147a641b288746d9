import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { type HoldfastClient, isRefusal, type StockLevel } from '../../../../src/client/client.ts';
import { READ_OFTEN_MS } from '../../live/freshness.ts';
import { useRefresh } from '../../live/use-refresh.ts';
import { useStockWatch } from '../../live/use-stock-watch.ts';
import { shopNow } from '../../shop-time.ts';
import { useOperator } from '../../session/operator-context.ts';
import { type Sample, sampleOf } from './sale-samples.ts';
import { countSales, type Tally } from './sale-tally.ts';

/** A SKU on sale. */
export interface SkuSale {
  sku: string;
  /** Null: the shop has no such SKU. */
  level: StockLevel | null;
  /** Since the beginning of the sale on this screen. */
  sold: number;
  /** By location. */
  tallies: Readonly<Record<string, Tally>>;
}

export interface Sale {
  /** Sales since then are counted, in epoch milliseconds. */
  since: number;
  skus: readonly SkuSale[];
  /** How it went while the screen was open, oldest first. */
  samples: readonly Sample[];
}

/** What was sold in this time before the screen was opened counts as well. */
const BEFORE_MS = 3_600_000;
const SAMPLES_MAX = 1_800;
/** The stream may report ten changes per second of each SKU. */
const READ_SOON_MS = 500;
const MAIN = 'main';

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
      const since = sinceOf(queries);
      const read = await Promise.all(skus.map((sku) => readSku({ client, queries, since, signal }, sku)));
      return { since, skus: read, samples: [...(known?.samples.slice(1 - SAMPLES_MAX) ?? []), sampleOf(read)] };
    },
  });
  return { query, watch };
}

/** One time for all SKUs, so that their sums mean something. It outlives a visit of another screen. */
function sinceOf(queries: QueryClient): number {
  const key = ['sale since'];
  const since = queries.getQueryData<number>(key) ?? shopNow() - BEFORE_MS;
  queries.setQueryData(key, since);
  return since;
}

interface Reading {
  client: HoldfastClient;
  queries: QueryClient;
  since: number;
  signal: AbortSignal;
}

async function readSku(reading: Reading, sku: string): Promise<SkuSale> {
  const { client, queries, signal } = reading;
  const key = ['sale of', sku];
  const known = queries.getQueryData<SkuSale>(key);
  const level = await client.stock.level.query({ sku }, { signal }).catch((error: unknown) => {
    if (isRefusal(error, 'unknown_sku')) return null;
    throw error;
  });
  const tallies = level ? await talliesOf(reading, level, known) : {};
  const sold = Object.values(tallies).reduce((sum, tally) => sum + tally.sold, 0);
  const sale = { sku, level, sold, tallies };
  queries.setQueryData(key, sale);
  return sale;
}

async function talliesOf(
  { client, since, signal }: Reading,
  level: StockLevel,
  known: SkuSale | undefined,
): Promise<SkuSale['tallies']> {
  if (known?.level && JSON.stringify(known.level) === JSON.stringify(level)) return known.tallies;
  const { sku, locations } = level;
  const count = async (location: string): Promise<[string, Tally]> => {
    const read = (limit: number, cursor: string | undefined) =>
      client.stock.history.query({ sku, location, limit, ...(cursor === undefined ? {} : { cursor }) }, { signal });
    return [location, await countSales(read, since, known?.tallies[location])];
  };
  const names = locations?.map(({ location }) => location) ?? [MAIN];
  return Object.fromEntries(await Promise.all(names.map(count)));
}
