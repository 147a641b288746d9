import { useSyncExternalStore } from 'react';
import { browserNow, shopNow } from '../shop-time.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
const readClocks = () => ({ shop: shopNow(), browser: browserNow() });
let now = readClocks();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  if (timer === undefined) now = readClocks();
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = readClocks();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * Returns shop time, or the time of this computer, once a second. All countdowns and ages of a screen share one timer.
 */
export const useNow = (clock: 'shop' | 'browser'): number => useSyncExternalStore(subscribe, () => now[clock]);
