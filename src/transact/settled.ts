/** Resolves when `work` has settled. Use it to wait for work whose failure is reported to another caller. */
export function settled(work: Promise<unknown>): Promise<void> {
  const over = (): void => undefined;
  return work.then(over, over);
}

/**
 * Returns `work` for a caller that awaits it later, and rejects it there. Otherwise Node would end the process over a
 * rejection that comes before that `await`.
 */
export function awaitedLater<T>(work: Promise<T>): Promise<T> {
  void settled(work);
  return work;
}
