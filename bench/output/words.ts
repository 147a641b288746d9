import { isReached } from '../core/ratio.ts';
import type { Failed, Ratio, Reach } from '../core/types.ts';
import { isFailed } from '../core/types.ts';

export const number = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

export function reachText(reach: Reach): string {
  if (reach === 'report') return 'not set';
  return 'atLeast' in reach ? `>= ${reach.atLeast}` : `<= ${reach.atMost}`;
}

/** Returns whether the median reached its goal. */
export function verdict(result: Ratio | Failed, reach: Reach): string {
  if (isFailed(result)) return 'no result';
  const reached = isReached(result.median, reach);
  if (reached === null) return '';
  return reached ? 'yes' : 'no';
}
