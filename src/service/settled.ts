/**
 * Resolves when `work` has ended, however it did. For those who only wait for their turn behind it: how it failed is
 * told to whoever asked for it.
 */
export async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work]);
}
