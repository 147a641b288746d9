import type { ClockOffset } from '../../time/shop-time.ts';

/** The field `clock` of the shop's meta, as `lua/shop-time.lua` reads it: three numbers, `-` for none. */
export interface ClockField extends ClockOffset {
  /** What the rotating hashes do not count as time: see `GAP_MS_MAX`. */
  skippedMs: number;
}

export function parseClockField(text: string | null): ClockField {
  const [offset = '0', slewFrom = '-', skipped = '0'] = (text ?? '').split(' ');
  const slewFromMs = slewFrom === '-' ? null : Number(slewFrom);
  return { offsetMs: Number(offset), slewFromMs, skippedMs: Number(skipped) };
}

export function formatClockField({ offsetMs, slewFromMs, skippedMs }: ClockField): string {
  return `${offsetMs} ${slewFromMs ?? '-'} ${skippedMs}`;
}
