import { pauseBy, turnBy } from './runtime.ts';
import { SYSTEM_RUNTIME } from './system-runtime.ts';

/** `pauseBy` with the timers of this machine. */
export const pause = (ms: number, signal: AbortSignal): Promise<boolean> => pauseBy(SYSTEM_RUNTIME, ms, signal);

/** `turnBy` with the event loop of this machine. */
export const nextTurn = (): Promise<void> => turnBy(SYSTEM_RUNTIME);
