import { SYSTEM_MONOTONIC } from '../../store/time/monotonic.ts';
import { SteadyClock } from '../../store/time/steady-clock.ts';

/**
 * The clock for decisions of this process alone, such as the end of a session. Steps of the wall clock do not affect
 * it.
 */
const steadyClock = new SteadyClock({ wall: Date.now, monotonic: SYSTEM_MONOTONIC });

/** Returns epoch milliseconds. */
export const steadyNow = (): number => steadyClock.now();
