import {
  aheadOfProcess,
  behindTheShop,
  clocksDiffer,
  type ClockNotice,
  longUnused,
  stillOff,
} from './clock-notices.ts';
import { CLOCK_STEP_MS, type ClockOffset, offsetAt, offsetFor } from './shop-time.ts';

/** The clocks that a process reads when it opens a shop. */
interface FoundTime {
  /** The wall clock of the store. */
  wallAt: number;
  offset: ClockOffset;
  /** The time of the shop's last batch; 0 where there was none. */
  lastAt: number;
  /** The wall clock of this process. In an embedded store it is the store's as well. */
  ownWallAt: number;
}

interface OpeningTime {
  /** Shop time. */
  at: number;
  /** The new offset; null: it does not change. */
  offset: ClockOffset | null;
  notices: ClockNotice[];
}

const UNUSED_MS = 6 * 3_600_000;

/**
 * Returns the time at which a shop continues. A wall clock behind the last time is absorbed. Where Redis is ahead of
 * this process and no other process has used its time, the earlier clock applies: holds may last longer, but never end
 * early.
 */
export function openingTime({ wallAt, offset, lastAt, ownWallAt }: FoundTime): OpeningTime {
  const now = wallAt + offsetAt(offset, wallAt);
  const differenceMs = wallAt - ownWallAt;
  if (now < lastAt - CLOCK_STEP_MS) {
    const changed = offsetFor(lastAt, wallAt);
    return { at: lastAt, offset: changed, notices: [behindTheShop(lastAt - now, changed)] };
  }
  const earlier = Math.max(lastAt, Math.min(now, ownWallAt));
  if (differenceMs > CLOCK_STEP_MS && now - earlier > CLOCK_STEP_MS) {
    const changed = offsetFor(earlier, wallAt);
    return { at: earlier, offset: changed, notices: [aheadOfProcess(differenceMs, changed)] };
  }
  const notices: ClockNotice[] = [];
  const { offsetMs, slewFromMs } = offset;
  // An operator has accepted an offset that shrinks.
  if (slewFromMs === null && Math.abs(offsetMs) > CLOCK_STEP_MS) notices.push(stillOff(offsetMs));
  if (Math.abs(differenceMs) > CLOCK_STEP_MS) notices.push(clocksDiffer(differenceMs, offsetMs));
  if (lastAt > 0 && now - lastAt > UNUSED_MS) notices.push(longUnused(now - lastAt, offsetMs));
  return { at: Math.max(now, lastAt), offset: null, notices };
}
