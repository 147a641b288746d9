import type { Log } from '../../transact/log.ts';
import type { Reason } from '../../contract/calls/wire-refusals.ts';

const REPEAT_MS = 1_000;

/** Called for each failed call with the reason that the client receives. */
export type OnFailure = (failure: { error: unknown; reason: Reason; requestId: string; path: string }) => void;

/** Logs every bug, and outages at most once a second for each reason. Other refusals are not logged. */
export function failureLog(log: Log): OnFailure {
  const logOutage = throttle((reason, fields) => log.warn(fields, `calls fail with ${reason}`));
  return ({ error, reason, requestId, path }) => {
    const fields = { err: (error as Error | null)?.cause ?? error, requestId, path };
    if (reason === 'internal') log.error(fields, 'a call failed');
    else if (reason === 'store_unavailable' || reason === 'outcome_unknown') logOutage(reason, fields);
  };
}

/**
 * Returns `write`, limited to one call a second for each kind. The next call has the number of suppressed ones in
 * `leftOut`. In an outage thousands of calls a second fail for the same reason.
 */
export function throttle(write: (kind: string, fields: object) => void, clock: () => number = () => performance.now()) {
  const kinds = new Map<string, { since: number; leftOut: number }>();
  return (kind: string, fields: object): void => {
    const now = clock();
    const state = kinds.get(kind);
    if (state && now - state.since < REPEAT_MS) {
      state.leftOut += 1;
      return;
    }
    kinds.set(kind, { since: now, leftOut: 0 });
    write(kind, state?.leftOut ? { ...fields, leftOut: state.leftOut } : fields);
  };
}
