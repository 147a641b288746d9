import type { ClockOffset } from '../../time/shop-time.ts';
import { msOfTime } from './store-clock.ts';

/** The field `clock` of the shop's meta: three numbers, `-` for null. `lua/shared/shop-time.lua` reads it as well. */
export interface ClockField extends ClockOffset {
  /** The milliseconds that do not count for the rotation of hashes: see `GAP_MS_MAX`. */
  skippedMs: number;
}

/** The fields of the shop's meta for `clockStateOf`. */
export const CLOCK_FIELDS = ['clock', 'at'] as const;

export interface ClockState {
  /** The text of `field`. */
  text: string;
  field: ClockField;
  /** The time of the shop's last batch; 0 where there was none. */
  lastAt: number;
  wallAt: number;
}

/** `time` is the reply to `TIME`. `given` replaces it in tests. */
export function clockStateOf(stored: readonly unknown[], time: readonly unknown[], given: number | false): ClockState {
  const [text, at] = stored.map((value) => String(value ?? ''));
  const wallAt = given === false ? msOfTime(time) : given;
  return { text: text ?? '', field: parseClockField(text ?? ''), lastAt: Number(at ?? 0), wallAt };
}

export function parseClockField(text: string): ClockField {
  const [offset = '', slewFrom = '-', skipped = '0'] = text.split(' ');
  const slewFromMs = slewFrom === '-' ? null : Number(slewFrom);
  return { offsetMs: Number(offset), slewFromMs, skippedMs: Number(skipped) };
}

export function formatClockField({ offsetMs, slewFromMs, skippedMs }: ClockField): string {
  return `${offsetMs} ${slewFromMs ?? '-'} ${skippedMs}`;
}
