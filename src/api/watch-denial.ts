import type { Context } from './callers/context.ts';
import { demandNotBlocked } from './procedures.ts';
import { RefusalError } from './wire-errors.ts';

interface Watching {
  /** Aborts with the call, and when an operator revokes or blocks its session or client. */
  signal: AbortSignal;
  /** Throws `RefusalError` if an operator has ended it. */
  throwIfDenied(): void;
  stop(): void;
}

/** Ends an open watch as soon as a new one would be refused, or its session is revoked. A key is not blocked. */
export function endedByDenial(ctx: Context, callSignal: AbortSignal | undefined): Watching {
  const own = new AbortController();
  const end = (): void => own.abort();
  const { session, client, key } = ctx;
  const isDenied = (): boolean => key === null && ctx.api.sessions.isDenied(session, client);
  const forget = ctx.holdfast.sessions.onDenials(() => {
    if (isDenied()) end();
  });
  if (callSignal?.aborted || isDenied()) end();
  callSignal?.addEventListener('abort', end, { once: true });
  return {
    signal: own.signal,
    throwIfDenied: () => {
      if (!isDenied()) return;
      demandNotBlocked(ctx);
      throw new RefusalError({ reason: 'session_required', meta: {} });
    },
    stop: () => {
      forget();
      callSignal?.removeEventListener('abort', end);
    },
  };
}
