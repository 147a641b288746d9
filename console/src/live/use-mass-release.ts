import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Outputs } from '../../../src/client/client.ts';
import { useOperator } from '../session/operator-context.ts';

type Hold = Outputs['holds']['list']['items'][number];

export interface Refused {
  hold: Hold;
  error: unknown;
}

export interface ReleaseProgress {
  total: number;
  done: number;
  released: number;
  units: number;
  refused: readonly Refused[];
  isRunning: boolean;
}

/** Calls of one tick share a request, which the server bounds to 50. */
const AT_ONCE = 25;

/**
 * Releases the given holds, some at a time, and no others: what is shown before is what happens. Each has a movement in
 * the ledger with the reason and the key. A hold that ended meanwhile is refused, and the others go on.
 */
export function useMassRelease() {
  const { client } = useOperator();
  const queries = useQueryClient();
  const isStopped = useRef(false);
  const [progress, setProgress] = useState<ReleaseProgress | null>(null);
  const run = async (holds: readonly Hold[], reason: string): Promise<ReleaseProgress> => {
    isStopped.current = false;
    let state: ReleaseProgress = { total: holds.length, done: 0, released: 0, units: 0, refused: [], isRunning: true };
    setProgress(state);
    for (let first = 0; first < holds.length && !isStopped.current; first += AT_ONCE) {
      const some = holds.slice(first, first + AT_ONCE);
      const calls = some.map(({ holdId }) => client.holds.release.mutate({ holdId, reason }));
      state = added(state, some, await Promise.allSettled(calls));
      setProgress(state);
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

function added(
  state: ReleaseProgress,
  holds: readonly Hold[],
  results: readonly PromiseSettledResult<unknown>[],
): ReleaseProgress {
  const released = holds.filter((_, index) => results[index]?.status === 'fulfilled');
  const refused = holds.flatMap((hold, index) => {
    const result = results[index];
    return result?.status === 'rejected' ? [{ hold, error: result.reason as unknown }] : [];
  });
  return {
    ...state,
    done: state.done + holds.length,
    released: state.released + released.length,
    units: state.units + released.reduce((sum, { quantity }) => sum + quantity, 0),
    refused: [...state.refused, ...refused],
  };
}
