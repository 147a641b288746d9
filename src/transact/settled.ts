/** Resolves when `work` has settled. Use it to wait for work whose failure is reported to another caller. */
export function settled(work: Promise<unknown>): Promise<void> {
  const over = (): void => undefined;
  return work.then(over, over);
}
