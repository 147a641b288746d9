import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpCaller, must } from '../../../test/support/http-caller.ts';
import type { Good } from '../../lib/words.ts';

const INTERVAL_MS = 100;

/** Polls until no unit of the goods is held, or until a time limit. The scenario checks the remaining holds. */
export async function untilNothingIsHeld(
  operator: HttpCaller,
  goods: readonly Good[],
  secondsMax: number,
): Promise<void> {
  const giveUpAt = performance.now() + secondsMax * 1_000;
  for (const { sku } of goods) {
    while (must(await operator.query('stock.level', { sku })).reserved > 0 && performance.now() < giveUpAt) {
      await sleep(INTERVAL_MS);
    }
  }
}
