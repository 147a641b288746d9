import type { Redis } from 'ioredis';
import type { ClockNotice } from '../../time/clock-notices.ts';
import { openingTime } from '../../time/opening-time.ts';
import { offsetAt } from '../../time/shop-time.ts';
import { formatClockField, parseClockField } from './clock-field.ts';
import { script } from '../scripts/lua-scripts.ts';
import { shopKey } from '../link/redis-keys.ts';
import { msOfTime, type StoreClock } from './store-clock.ts';

export interface OpeningClock {
  shop: string;
  clock: StoreClock;
  ownClock: () => number;
  notify: (notice: ClockNotice) => void;
}

interface FoundClock {
  text: string;
  lastAt: number;
  wallAt: number;
  now: number;
}

/**
 * Learns shop time on a new connection. The first one decides from which time the shop goes on; later ones may lead to
 * a server with another clock, which the next batch finds out.
 */
export async function learnTime(redis: Redis, options: OpeningClock): Promise<void> {
  const { clock } = options;
  const sentMs = clock.monotonic.nowMs();
  const found = await findClock(redis, options);
  clock.forget();
  if (!clock.isGuarded) {
    clock.learn(Math.max(found.now, found.lastAt), sentMs);
    return;
  }
  const possible = clock.possible();
  if (possible === null) {
    clock.learn(await firstTime(redis, found, options), sentMs);
    return;
  }
  const isPossible = found.now >= possible.earliest && found.now <= possible.latest;
  clock.reach(Math.max(found.lastAt, isPossible ? found.now : possible.earliest));
}

async function findClock(redis: Redis, { shop, clock }: OpeningClock): Promise<FoundClock> {
  const [at, field] = await redis.hmget(shopKey(shop, 'meta'), 'at', 'clock');
  const time = msOfTime(await redis.time());
  const { given } = clock;
  const wallAt = given === false ? time : given;
  const text = field ?? '';
  return { text, lastAt: Number(at ?? 0), wallAt, now: wallAt + offsetAt(parseClockField(text), wallAt) };
}

async function firstTime(redis: Redis, { text, lastAt, wallAt }: FoundClock, options: OpeningClock): Promise<number> {
  const { shop, clock, ownClock, notify } = options;
  const known = parseClockField(text);
  const { at, offset, notices } = openingTime({ wallAt, offset: known, lastAt, ownWallAt: ownClock() });
  if (offset) {
    const changed = formatClockField({ ...known, ...offset });
    await redis.fcall(script('set-clock').functionName, 1, shopKey(shop, 'meta'), text, changed, '');
  }
  clock.stats.offsetMs = (offset ?? known).offsetMs;
  for (const notice of notices) notify(notice);
  return at;
}
