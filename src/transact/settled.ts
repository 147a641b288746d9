/**
 * Resolves when `work` has ended, however it did. For those who only wait for their turn behind it: how it failed is
 * told to whoever asked for it.
 */
export function settled(work: Promise<unknown>): Promise<void> {
  const over = (): void => undefined;
  return work.then(over, over);
}
