import { paymentWindowMaxMs, type Settings } from '../../contract/settings.ts';
import type { SharedNotes } from '../../store/opened-store.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import type { Log } from '../../transact/log.ts';
import { HoldStreaks } from './hold-streaks.ts';
import { StreakSharing } from './streak-sharing.ts';

export interface SharedStreaksOptions {
  settings: Settings;
  now: () => number;
  ids: Ids;
  log: Log;
  /** Absent: this process counts alone. */
  notes?: SharedNotes | undefined;
}

/** Returns the streaks of this process, which other processes share if there are notes. */
export function openStreaks({ settings, now, ids, log, notes }: SharedStreaksOptions): {
  streaks: HoldStreaks;
  close: () => void;
} {
  if (!notes || settings.holdCooldownMs === 0) return { streaks: new HoldStreaks(settings, now), close: () => {} };
  const keepMs = Math.max(settings.holdTtlMs, paymentWindowMaxMs(settings)) + settings.holdCooldownMs;
  const sharing = new StreakSharing({ notes, ids, keepMs, log, learn: (streak) => streaks.learn(streak) });
  const streaks = new HoldStreaks(settings, now, sharing.share);
  return { streaks, close: () => sharing.close() };
}
