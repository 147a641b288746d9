import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { HoldfastClient, Outputs } from '../../../src/client/client.ts';
import { useOperator } from '../session/operator-context.ts';
import { shopNow } from '../shop-time.ts';
import { READ_EVERY_MS } from './freshness.ts';

export type Movement = Outputs['stock']['history']['movements'][number];

/** The newest movements of a SKU at one location. */
export interface Ledger {
  /** Newest first. */
  movements: readonly Movement[];
  /** The cursor of those before them. Absent: there are none, or the ledger does not keep them any more. */
  older: string | undefined;
}

const PAGE = 500;
/** The pages that are read at once. A person decides about more of them. */
export const PAGES_AT_ONCE = 10;

/** Whether the movements go back to a time, or there are no older ones. */
export const reaches = ({ movements, older }: Ledger, since: number): boolean =>
  older === undefined || (movements.at(-1)?.at ?? Number.POSITIVE_INFINITY) < since;

interface Walk {
  client: HoldfastClient;
  sku: string;
  location: string;
  /** Epoch milliseconds. */
  since: number;
  pagesMax: number;
  signal: AbortSignal;
}

/**
 * Reads the movements since a time, newest first, from at most `pagesMax` pages. Goes on from what is known: it reads
 * the pages in front of it until it meets it, and then those behind it.
 */
export async function walkLedger(walk: Walk, known: Ledger | undefined): Promise<Ledger> {
  const head = known?.movements[0]?.movementId;
  const fresh: Movement[] = [];
  let older: string | undefined;
  let pages = 0;
  do {
    const page = await readPage(walk, older);
    const at = page.movements.findIndex(({ movementId }) => movementId === head);
    fresh.push(...(at < 0 ? page.movements : page.movements.slice(0, at)));
    if (at >= 0 && known) return readOlder(walk, { movements: [...fresh, ...known.movements], older: known.older });
    older = page.nextCursor;
    pages += 1;
  } while (pages < walk.pagesMax && !reaches({ movements: fresh, older }, walk.since));
  return { movements: fresh, older };
}

async function readOlder(walk: Walk, ledger: Ledger): Promise<Ledger> {
  const movements = [...ledger.movements];
  let { older } = ledger;
  while (movements.length < walk.pagesMax * PAGE && !reaches({ movements, older }, walk.since)) {
    const page = await readPage(walk, older);
    movements.push(...page.movements);
    older = page.nextCursor;
  }
  return { movements, older };
}

const readPage = ({ client, sku, location, signal }: Walk, cursor: string | undefined) =>
  client.stock.history.query({ sku, location, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }, { signal });

interface LedgersOptions {
  sku: string;
  /** The locations whose movements are read. Undefined: not known yet. */
  locations: readonly string[] | undefined;
  /** How far back. */
  periodMs: number;
}

/** Reads the movements of a SKU at some locations, and again every few seconds only what is new. */
export function useLedgers({ sku, locations, periodMs }: LedgersOptions) {
  const { client, may } = useOperator();
  const queries = useQueryClient();
  const [pagesMax, setPagesMax] = useState(PAGES_AT_ONCE);
  const names = locations ?? [];
  const queryKey = ['ledgers', sku, ...names];
  const query = useQuery({
    queryKey: [...queryKey, periodMs, pagesMax],
    enabled: names.length > 0 && may('stock.history'),
    refetchInterval: READ_EVERY_MS,
    queryFn: async ({ signal }): Promise<{ since: number; until: number; ledgers: ReadonlyMap<string, Ledger> }> => {
      const until = shopNow();
      const since = until - periodMs;
      const walk = (location: string): Promise<Ledger> => {
        const known = queries.getQueryData<Ledger>([...queryKey, 'known', location]);
        return walkLedger({ client, sku, location, since, pagesMax, signal }, known);
      };
      const read = await Promise.all(names.map(async (location) => [location, await walk(location)] as const));
      for (const [location, ledger] of read) queries.setQueryData([...queryKey, 'known', location], ledger);
      return { since, until, ledgers: new Map(read) };
    },
  });
  return { query, readOn: () => setPagesMax((pages) => pages + PAGES_AT_ONCE) };
}
