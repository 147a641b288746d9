import { accepted, type ClockNotice } from '../../time/clock-notices.ts';
import { acceptedOffset, type ClockReading, offsetAt } from '../../time/shop-time.ts';
import { CLOCK_FIELDS, type ClockState, clockStateOf, formatClockField } from './clock-field.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';
import type { StoreClock } from './store-clock.ts';

async function readClockState(reader: ScriptReader, clock: StoreClock): Promise<ClockState> {
  const stored = (await reader.command('HMGET', 'meta', CLOCK_FIELDS)) as unknown[];
  return clockStateOf(stored, (await reader.raw('TIME', [])) as unknown[], clock.given);
}

function readingOf({ field, lastAt, wallAt }: ClockState): ClockReading {
  const offsetMs = offsetAt(field, wallAt);
  const slewing = field.slewFromMs !== null && offsetMs > 0;
  return { at: Math.max(lastAt, wallAt + offsetMs), wallAt, offsetMs, slewing };
}

/** Rejects as `ScriptReader.command` does. */
export async function readClock(reader: ScriptReader, clock: StoreClock): Promise<ClockReading> {
  return readingOf(await readClockState(reader, clock));
}

/** Accepts the wall clock of the Redis server: see `acceptedOffset`. Rejects as `readClock` does. */
export async function acceptWallClock(
  reader: ScriptReader,
  clock: StoreClock,
  notify: (notice: ClockNotice) => void,
): Promise<ClockReading> {
  for (;;) {
    const found = await readClockState(reader, clock);
    const before = readingOf(found);
    if (before.offsetMs === 0 || before.slewing) return before;
    const offset = acceptedOffset(found.field, found.wallAt);
    const movedMs = before.offsetMs < 0 ? Math.max(0, found.wallAt - before.at) : 0;
    const field = { ...offset, skippedMs: found.field.skippedMs + movedMs };
    // Every process that sees this last time knows that the shop has moved ahead on purpose.
    const reached = before.offsetMs < 0 ? String(found.wallAt) : '';
    if ((await reader.run('set-clock', [found.text, formatClockField(field), reached])) !== 1) continue;
    notify(accepted(movedMs, offset));
    clock.stats.offsetMs = offset.offsetMs;
    return readingOf({ ...found, field, lastAt: Math.max(found.lastAt, Number(reached)) });
  }
}
