import { useCallback, useEffect, useRef } from 'react';

/** Returns a function that calls `refresh` at most once per `everyMs`, however often it is called itself. */
export function useRefresh(refresh: () => void, everyMs = 1_000): () => void {
  const latest = useRef(refresh);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    latest.current = refresh;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, everyMs);
  }, [everyMs]);
}
