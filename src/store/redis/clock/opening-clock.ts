import type { Redis } from 'ioredis';
import type { ClockNotice } from '../../time/clock-notices.ts';
import { openingTime } from '../../time/opening-time.ts';
import { offsetAt } from '../../time/shop-time.ts';
import { CLOCK_FIELDS, type ClockState, clockStateOf, formatClockField } from './clock-field.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import { shopKey } from '../link/redis-keys.ts';
import type { StoreClock } from './store-clock.ts';

interface OpeningClock {
  shop: string;
  calls: ScriptCalls;
  clock: StoreClock;
  /** Epoch milliseconds of this process's own wall clock. */
  ownClock: () => number;
  notify: (notice: ClockNotice) => void;
}

/**
 * Reads shop time on a new connection. The first connection decides from which time the shop continues. A later one may
 * lead to a server with another clock, which the next batch detects.
 */
export async function learnTime(redis: Redis, options: OpeningClock): Promise<void> {
  const { shop, clock } = options;
  const sentMs = clock.monotonic.nowMs();
  const stored = await redis.hmget(shopKey(shop, 'meta'), ...CLOCK_FIELDS);
  const found = clockStateOf(stored, await redis.time(), clock.given);
  const now = found.wallAt + offsetAt(found.field, found.wallAt);
  clock.forget();
  if (!clock.isGuarded) return clock.learn(Math.max(now, found.lastAt), sentMs);
  const possible = clock.possible();
  if (possible === null) return clock.learn(await firstTime(redis, found, options), sentMs);
  const isPossible = now >= possible.earliest && now <= possible.latest;
  clock.reach(Math.max(found.lastAt, isPossible ? now : possible.earliest));
}

async function firstTime(
  redis: Redis,
  { text, field, lastAt, wallAt }: ClockState,
  { calls, clock, ownClock, notify }: OpeningClock,
): Promise<number> {
  const { at, offset, notices } = openingTime({ wallAt, offset: field, lastAt, ownWallAt: ownClock() });
  if (offset) {
    const changed = formatClockField({ ...field, ...offset });
    await calls.run(redis, 'set-clock', [text, changed, '']);
  }
  clock.stats.offsetMs = (offset ?? field).offsetMs;
  for (const notice of notices) notify(notice);
  return at;
}
