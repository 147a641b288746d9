import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 5;

/**
 * Calls every 5 ms until the result is neither undefined nor false. Throws the text of `describe` after `timeoutMs`.
 */
export async function poll<T>(
  ask: () => T | Promise<T>,
  { timeoutMs = 5_000, describe = () => 'nothing came' }: { timeoutMs?: number; describe?: () => string } = {},
): Promise<Exclude<T, undefined | false>> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > giveUpAt) throw new Error(`${describe()} (waited ${timeoutMs} ms)`);
    await sleep(INTERVAL_MS);
  }
}
