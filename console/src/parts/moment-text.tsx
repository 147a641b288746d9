import { useNow } from './clock-tick.ts';
import { duration, moment } from '../format.ts';
import { TEXT } from '../text.ts';

/** A moment of the past: `12 Nov, 09:41:07`, and its age as the title. */
export function MomentText({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
      {moment(at)}
    </time>
  );
}

interface AgeProps {
  at: number;
  /** The clock that `at` was read from. Default: that of the shop. */
  clock?: 'shop' | 'browser';
}

/** How long ago a moment was: `4 min 10 s ago`. */
export function AgeText({ at, clock = 'shop' }: AgeProps) {
  const ageMs = Math.max(0, useNow(clock) - at);
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {TEXT.parts.ago(duration(Math.max(1_000, ageMs)))}
    </time>
  );
}
