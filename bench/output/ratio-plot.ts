import type { Bench, Ratio, Results } from '../core/types.ts';
import { isFailed } from '../core/types.ts';
import { bar, COLOURS, line, picture, text } from './svg.ts';
import { number, reachText } from './words.ts';

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 200;
const TOP = 66;
const ROW = 30;
const [MEDIAN = '', WORST = ''] = COLOURS;

interface Row {
  key: string;
  words: string;
  /** 1 is what has to be reached; more is better, whichever way the ratio counts. */
  median: number;
  worst: number;
}

function rowOf({ key, reach }: Bench, result: Ratio): Row[] {
  if (reach === 'report') return [];
  const share = (value: number): number => ('atLeast' in reach ? value / reach.atLeast : reach.atMost / value);
  const words = `${number(result.median)}, worst ${number(result.worst)} (${reachText(reach)})`;
  return [{ key, words, median: share(result.median), worst: share(result.worst) }];
}

/** Bars of each key's median and worst round as parts of what it has to reach, on a logarithmic axis. */
export function ratioPlot(benches: readonly Bench[], ratios: Results['ratios']): string | null {
  const rows = benches.flatMap((bench) => {
    const result = ratios[bench.key];
    return result && !isFailed(result) ? rowOf(bench, result) : [];
  });
  if (rows.length === 0) return null;
  const shares = rows.flatMap(({ median, worst }) => [median, worst]);
  const from = Math.floor(Math.log10(Math.min(0.5, ...shares)));
  const to = Math.ceil(Math.log10(Math.max(2, ...shares)));
  const x = (share: number): number => LEFT + ((Math.log10(share) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;
  const grid = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).flatMap((share) => [
    line(x(share), TOP - 8, x(share), bottom, share === 1 ? '#222' : '#ddd', share === 1 ? 2 : 1),
    text(x(share), TOP - 14, share === 1 ? 'reached' : `${number(share)} of it`, { anchor: 'middle', size: 11 }),
  ]);
  const bars = rows.flatMap((row, index) => barsOf(row, TOP + index * ROW, x));
  const legend = [
    bar(LEFT, bottom + 14, 12, 10, MEDIAN),
    text(LEFT + 18, bottom + 23, 'median', { size: 11 }),
    bar(LEFT + 80, bottom + 14, 12, 10, WORST),
    text(LEFT + 98, bottom + 23, 'worst round', { size: 11 }),
  ];
  const title = 'Ratios, as parts of what they have to reach';
  return picture(WIDTH, bottom + 40, title, [...grid, ...bars, ...legend]);
}

function barsOf({ key, words, median, worst }: Row, y: number, x: (share: number) => number): string[] {
  return [
    text(LEFT - 10, y + 16, key, { anchor: 'end' }),
    bar(LEFT, y + 3, x(median) - LEFT, 12, MEDIAN),
    bar(LEFT, y + 16, x(worst) - LEFT, 6, WORST),
    text(WIDTH - RIGHT + 12, y + 16, words, { size: 11 }),
  ];
}
