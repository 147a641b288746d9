import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useOperator } from '../session/operator-context.ts';
import { type Movement, PAGES_AT_ONCE, reaches, walkLedger } from './ledger-walk.ts';

/** Holds of carts begin before the order that they become a part of. */
const BEFORE_MS = 2 * 3_600_000;

export interface Place {
  sku: string;
  location: string;
}

interface TimelineOptions {
  /** The SKUs, at each location, whose ledger has the movements. */
  places: readonly Place[];
  /** Epoch milliseconds: when it began. */
  since: number;
  /** Whether a movement belongs to it. The movements of a hold that ever belonged to it are included. */
  owns: (movement: Movement) => boolean;
  /** What is changed by an action, so that the timeline is read again. */
  version: unknown;
}

/** Reads the movements of an order, a reservation or a cart from the ledgers of its SKUs, newest first. */
export function useTimeline({ places, since, owns, version }: TimelineOptions) {
  const { client, may } = useOperator();
  const [pagesMax, setPagesMax] = useState(PAGES_AT_ONCE);
  const from = since - BEFORE_MS;
  const query = useQuery({
    queryKey: ['timeline', places, from, pagesMax, version],
    enabled: places.length > 0 && may('stock.history'),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const ledgers = await Promise.all(
        places.map((place) => walkLedger({ client, ...place, since: from, pagesMax, signal }, undefined)),
      );
      const all = ledgers.flatMap(({ movements }) => movements);
      const holds = new Set(all.filter(owns).map(({ holdId }) => holdId));
      holds.delete(undefined);
      const own = all.filter(
        (movement) => owns(movement) || (movement.holdId !== undefined && holds.has(movement.holdId)),
      );
      return {
        movements: own.sort((one, other) => other.at - one.at),
        isCut: ledgers.some((ledger) => !reaches(ledger, from)),
      };
    },
  });
  return { query, readOn: () => setPagesMax((pages) => pages + PAGES_AT_ONCE) };
}
