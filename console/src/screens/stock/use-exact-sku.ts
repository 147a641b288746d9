import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type HoldfastClient, isRefusal } from '../../../../src/client/client.ts';
import { useOperator } from '../../session/operator-context.ts';
import type { StockLevel } from './use-stock-list.ts';

const exactOptions = (client: HoldfastClient, text: string) => ({
  queryKey: ['stock.level', 'exact', text],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<StockLevel | null> => {
    try {
      return await client.stock.level.query({ sku: text }, { signal });
    } catch (error) {
      // The text is the name of no SKU, or could not be one.
      if (isRefusal(error)) return null;
      throw error;
    }
  },
});

interface ExactSku {
  /** The SKU that has exactly the searched name. */
  exact: StockLevel | null;
  /** Opens the SKU with this name, if there is one. */
  openExact: (name: string) => void;
}

/** Finds a SKU by its whole name. `open` shows its screen. */
export function useExactSku(text: string | undefined, open: (sku: string) => void): ExactSku {
  const { client, may } = useOperator();
  const queries = useQueryClient();
  const isOn = text !== undefined && may('stock.level');
  const { data } = useQuery({ ...exactOptions(client, text ?? ''), enabled: isOn });
  const openExact = (name: string): void =>
    void queries.fetchQuery(exactOptions(client, name)).then(
      (level) => level && open(level.sku),
      // The list reads at the same time, and says that the server does not answer.
      () => undefined,
    );
  return { exact: isOn ? (data ?? null) : null, openExact };
}
