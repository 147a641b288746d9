import { clockTime, dayOf, moment } from '../format.ts';

const MINUTE_S = 60;
const DAY_S = 24 * 3_600;

/** Returns the labels of an axis of time, for seconds that are `stepS` apart. The day is named where it begins. */
export function axisTimes(seconds: readonly number[], stepS: number): string[] {
  let day = '';
  return seconds.map((second) => {
    const at = second * 1_000;
    const isNewDay = day !== dayOf(at);
    const wasNamed = day !== '';
    day = dayOf(at);
    if (stepS >= DAY_S) return day;
    const time = stepS < MINUTE_S ? moment(at).slice(-'00:00:00'.length) : clockTime(at);
    return isNewDay && wasNamed ? `${time}\n${day}` : time;
  });
}
