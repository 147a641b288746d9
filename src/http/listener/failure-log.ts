import type { Logger } from 'pino';
import type { Reason } from '../../contract/wire-refusals.ts';
import { throttle } from './throttle.ts';

/** Told of each call that failed, with what its caller is told. */
export type OnFailure = (failure: { error: unknown; reason: Reason; requestId: string; path: string }) => void;

/** Bugs are logged one by one, outages now and then; what callers are refused is no event. */
export function failureLog(log: Logger): OnFailure {
  const logOutage = throttle((reason, fields) => log.warn(fields, `calls end in ${reason}`));
  return ({ error, reason, requestId, path }) => {
    const fields = { err: (error as Error | null)?.cause ?? error, requestId, path };
    if (reason === 'internal') log.error(fields, 'a call failed');
    else if (reason === 'store_unavailable' || reason === 'outcome_unknown') logOutage(reason, fields);
  };
}
