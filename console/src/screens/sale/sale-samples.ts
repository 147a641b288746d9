import type { StockLevel } from '../../../../src/client/client.ts';
import { shopNow } from '../../shop-time.ts';

/** The units of all chosen SKUs at a moment. */
export interface Sample {
  /** Shop time. */
  at: number;
  sold: number;
  held: number;
  available: number;
}

/** Sales per second are those of at least this long, so that they are steady. */
const SPAN_MS = 5_000;

export function sampleOf(skus: readonly { level: StockLevel | null }[]): Sample {
  const sum = (of: (level: StockLevel) => number): number =>
    skus.reduce((total, { level }) => total + (level ? of(level) : 0), 0);
  return {
    at: shopNow(),
    sold: sum(({ sold }) => sold),
    held: sum(({ reserved }) => reserved),
    available: sum(({ available }) => available),
  };
}

/** Returns the units sold per second up to each sample; null for the first one. */
export function salesPerSecond(samples: readonly Sample[]): (number | null)[] {
  let start = 0;
  return samples.map(({ at, sold }, index) => {
    while ((samples[start + 1]?.at ?? at) <= at - SPAN_MS) start += 1;
    const earlier = samples[start];
    if (index === 0 || !earlier || earlier.at >= at) return null;
    return Math.max(0, (1_000 * (sold - earlier.sold)) / (at - earlier.at));
  });
}

/** Returns when the last sale was seen; undefined if none was since the screen was opened. */
export function lastSaleAt(samples: readonly Sample[]): number | undefined {
  const index = samples.findLastIndex(({ sold }, at) => at > 0 && sold > (samples[at - 1]?.sold ?? sold));
  return samples[index]?.at;
}
