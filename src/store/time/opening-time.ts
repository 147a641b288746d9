import {
  aheadOfProcess,
  behindTheShop,
  clocksDiffer,
  type ClockNotice,
  longUnused,
  stillOff,
} from './clock-notices.ts';
import { CLOCK_STEP_MS, type ClockOffset, offsetAt, offsetFor } from './shop-time.ts';

/** What a process finds that opens a shop and has no history of its own. */
export interface FoundTime {
  /** The wall clock of the store. */
  wallAt: number;
  offset: ClockOffset;
  /** The time of the shop's last batch; 0 where there was none. */
  lastAt: number;
  /** The wall clock of this process: that of an embedded store. */
  ownWallAt: number;
}

export interface OpeningTime {
  /** Shop time. */
  at: number;
  /** The offset that makes it so; null: it stays what it is. */
  offset: ClockOffset | null;
  notices: ClockNotice[];
}

const UNUSED_MS = 6 * 3_600_000;

/**
 * Decides from which time a shop goes on. A wall clock behind the last time is absorbed. Where Redis is ahead of this
 * process and no other process has used its time, the earlier clock wins: holds may last longer, and never end too soon.
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
