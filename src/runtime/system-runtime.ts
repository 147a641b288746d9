import { randomBytes } from 'node:crypto';
import type { Runtime } from './runtime.ts';

/** The clocks, the timers and the randomness of this machine. */
export const SYSTEM_RUNTIME: Runtime = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return {
      cancel: () => clearTimeout(timer),
      ref: () => void timer.ref(),
      unref: () => void timer.unref(),
    };
  },
  soon: (callback) => void setImmediate(callback),
  random: (count) => randomBytes(count),
};
