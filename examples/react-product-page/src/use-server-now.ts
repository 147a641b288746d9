import { useEffect, useState } from 'react';
import type { Cart } from './shop.ts';

const TICK_MS = 250;

/**
 * Returns the server's time, in which deadlines are given. A shopper's own clock may be minutes off. Each cart that
 * arrives shows the difference.
 */
export function useServerNow(cart: Cart | undefined): number {
  const serverTime = cart?.serverTime;
  const [offsetMs, setOffsetMs] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (serverTime !== undefined) setOffsetMs(serverTime - Date.now());
  }, [serverTime]);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now + offsetMs;
}
