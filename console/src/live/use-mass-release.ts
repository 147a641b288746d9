import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Outputs } from '../../../src/client/client.ts';
import { useOperator } from '../session/operator-context.ts';

type Hold = Outputs['holds']['list']['items'][number];

export interface ReleaseProgress {
  total: number;
  done: number;
  released: number;
  units: number;
  /** Holds that were not released, because they had ended or were in an order already. */
  ended: readonly Hold[];
  isRunning: boolean;
  /** The error that ended the release. The holds after it stay. */
  error: unknown;
}

/** The server bounds a call to as many. Each call leaves one event. */
const HOLDS_PER_CALL_MAX = 500;

const startOf = (total: number): ReleaseProgress => ({
  total,
  done: 0,
  released: 0,
  units: 0,
  ended: [],
  isRunning: true,
  error: null,
});

/**
 * Releases the given holds in a few calls, and no others: what is shown before is what happens. Each has a movement in
 * the ledger with the reason and the key. A hold that ended meanwhile stays out, and the others are released.
 */
export function useMassRelease() {
  const { client } = useOperator();
  const queries = useQueryClient();
  const isStopped = useRef(false);
  const [progress, setProgress] = useState<ReleaseProgress | null>(null);
  const run = async (holds: readonly Hold[], reason: string): Promise<ReleaseProgress> => {
    isStopped.current = false;
    let state = startOf(holds.length);
    setProgress(state);
    try {
      for (let first = 0; first < holds.length && !isStopped.current; first += HOLDS_PER_CALL_MAX) {
        const some = holds.slice(first, first + HOLDS_PER_CALL_MAX);
        const holdIds = some.map(({ holdId }) => holdId);
        const { unreleased = [] } = await client.holds.releaseWhere.mutate({ holdIds, reason });
        state = added(state, some, new Set(unreleased));
        setProgress(state);
      }
    } catch (error) {
      state = { ...state, error };
    }
    state = { ...state, isRunning: false };
    setProgress(state);
    void queries.invalidateQueries();
    return state;
  };
  const stop = (): void => {
    isStopped.current = true;
  };
  return { run, stop, progress };
}

function added(state: ReleaseProgress, holds: readonly Hold[], unreleased: ReadonlySet<string>): ReleaseProgress {
  const released = holds.filter(({ holdId }) => !unreleased.has(holdId));
  return {
    ...state,
    done: state.done + holds.length,
    released: state.released + released.length,
    units: state.units + released.reduce((sum, { quantity }) => sum + quantity, 0),
    ended: [...state.ended, ...holds.filter(({ holdId }) => unreleased.has(holdId))],
  };
}
