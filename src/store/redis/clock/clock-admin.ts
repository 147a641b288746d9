import { accepted, type ClockNotice } from '../../time/clock-notices.ts';
import { acceptedOffset, type ClockReading, offsetAt } from '../../time/shop-time.ts';
import { type ClockField, formatClockField, parseClockField } from './clock-field.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';
import { msOfTime, type StoreClock } from './store-clock.ts';

interface ClockState {
  text: string;
  field: ClockField;
  lastAt: number;
  wallAt: number;
}

async function readClockState(reader: ScriptReader, clock: StoreClock): Promise<ClockState> {
  const [text, at] = (await reader.command('HMGET', 'meta', ['clock', 'at'])) as [Buffer | null, Buffer | null];
  const { given } = clock;
  const wallAt = given === false ? msOfTime((await reader.raw('TIME', [])) as Buffer[]) : given;
  const known = text?.toString() ?? '';
  return { text: known, field: parseClockField(known), lastAt: Number(at ?? 0), wallAt };
}

const readingOf = ({ field, lastAt, wallAt }: ClockState): ClockReading => {
  const offsetMs = offsetAt(field, wallAt);
  const slewing = field.slewFromMs !== null && offsetMs > 0;
  return { at: Math.max(lastAt, wallAt + offsetMs), wallAt, offsetMs, slewing };
};

/** Rejects as `ScriptReader.command` does. */
export async function readClock(reader: ScriptReader, clock: StoreClock): Promise<ClockReading> {
  return readingOf(await readClockState(reader, clock));
}

/** Accepts the wall clock of the Redis server: `acceptedOffset` says what that means. Rejects as `readClock` does. */
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
    // The time that is reached by this proves to every process that the shop has moved ahead on purpose.
    const reached = before.offsetMs < 0 ? String(found.wallAt) : '';
    if ((await reader.run('set-clock', [found.text, formatClockField(field), reached])) !== 1) continue;
    notify(accepted(movedMs, offset));
    clock.stats.offsetMs = offset.offsetMs;
    return readingOf({ ...found, field, lastAt: Math.max(found.lastAt, Number(reached)) });
  }
}
