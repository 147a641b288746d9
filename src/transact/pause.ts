import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves with true after `ms`, or with false as soon as the signal aborts. Never rejects. The wait does not keep the
 * process alive.
 */
export const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  sleep(ms, true, { signal, ref: false }).catch(() => false);

/** Resolves in the next turn of the event loop, so that other requests are served in between. */
export const nextTurn = (): Promise<void> => setImmediate();
