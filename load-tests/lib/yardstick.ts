import http from 'k6/http';
import { chance } from './draw.ts';
import { yardsticks } from './metrics.ts';
import { plan } from './plan.ts';
import type { Yardstick } from './words.ts';

/** Enough calls for a percentile in a short warm-up, and little extra load. */
const SHARE = 1 / 10;
const TIMEOUT = '10s';

const URLS: Record<Yardstick, string> = { noop: `${plan.url}/health/live`, machine: `${plan.oracleUrl}noop` };

/**
 * Measures a call without work after one call in ten: at the same moment, from the same virtual user, in the same
 * phase. Whatever delays it delays every call. Only answers with status 200 count.
 */
export function measureNoop(): void {
  if (!chance(SHARE)) return;
  for (const [name, url] of Object.entries(URLS) as [Yardstick, string][]) {
    const { status, timings } = http.get(url, { tags: { name }, timeout: TIMEOUT });
    if (status === 200) yardsticks[name].add(timings.duration);
  }
}
