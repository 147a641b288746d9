import type { Freshness } from '../parts/stale-mark.tsx';

interface ReadState {
  dataUpdatedAt: number;
  isError: boolean;
  failureCount: number;
}

/** Returns how fresh the data of queries are that are read every `intervalMs`: as fresh as the oldest of them. */
export function freshnessOf(intervalMs: number, ...queries: readonly ReadState[]): Freshness {
  return {
    updatedAt: Math.min(...queries.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    staleAfterMs: 3 * intervalMs,
    isInterrupted: queries.some(({ isError, failureCount }) => isError || failureCount > 0),
  };
}

/** How often the screens read what has no stream. */
export const READ_EVERY_MS = 5_000;
/** The same for what changes by the second during a sale. */
export const READ_OFTEN_MS = 1_000;
