import type { Money } from '../../src/client/client.ts';
import { shopNow } from './shop-time.ts';

/** The language of the console is English, whatever the browser's is. */
const LOCALE = 'en-US';

const whole = new Intl.NumberFormat(LOCALE);
const signed = new Intl.NumberFormat(LOCALE, { signDisplay: 'exceptZero' });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const PARTS_OF_TIME = {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
const dateTime = new Intl.DateTimeFormat(LOCALE, PARTS_OF_TIME);
const dateTimeOfYear = new Intl.DateTimeFormat(LOCALE, { ...PARTS_OF_TIME, year: 'numeric' });

const timeOnly = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayOnly = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });

export const number = (value: number | bigint): string => whole.format(value);
/** `+3`, `-3`, `0`. */
export const change = (value: number | bigint): string => signed.format(value);
/** `1.2M`, for places without room. */
export const shortNumber = (value: number): string => short.format(value);
export const share = (ratio: number): string => percent.format(ratio);
/** `09:41`, in the time zone of the browser. */
export const clockTime = (at: number): string => timeOnly.format(at);
/** `Nov 12`, in the time zone of the browser. */
export const dayOf = (at: number): string => dayOnly.format(at);
/** `Nov 12, 09:41:07`, in the time zone of the browser. It has the year if that is not the present one. */
export const moment = (at: number): string =>
  (new Date(at).getFullYear() === new Date(shopNow()).getFullYear() ? dateTime : dateTimeOfYear).format(at);

/** `1 unit`, `3 units`. `many` is needed for other forms and for verbs: `counted(n, 'unit is', 'units are')`. */
export function counted(count: number | bigint | string, one: string, many = `${one}s`): string {
  const text = typeof count === 'string' ? count : number(count);
  return `${text} ${text === '1' ? one : many}`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `350 ms`, `12 s`, `4 min`, `3 h 20 min`, `5 d`: the two largest units that matter. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  return ms < DAY_MS ? pair(ms, HOUR_MS, 'h', MINUTE_MS, 'min') : pair(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

/** `4:07`, `1:02:09`: for a deadline. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND_MS));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function money({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat(LOCALE, { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
