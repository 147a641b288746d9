import type { Bench, Ratio, Results } from '../core/types.ts';
import { isFailed } from '../core/types.ts';
import { bar, COLORS, line, picture, text } from './svg.ts';
import { number } from './words.ts';

const WIDTH = 920;
const LEFT = 230;
const RIGHT = 220;
const TOP = 66;
const ROW = 30;
const [MEDIAN = '', WORST = ''] = COLORS;

interface Row {
  key: string;
  words: string;
  median: number;
  worst: number;
}

function rowOf({ key, reach }: Bench, { median, worst }: Ratio): Row {
  const isLessBetter = typeof reach === 'object' && 'atMost' in reach;
  const words = `${number(median)}, worst ${number(worst)}${isLessBetter ? ' (less is better)' : ''}`;
  return { key, words, median, worst };
}

/** Draws bars of each key's median and worst round, on a logarithmic axis with a line where both sides are equal. */
export function ratioPlot(benches: readonly Bench[], ratios: Results['ratios']): string | null {
  const rows = benches.flatMap((bench) => {
    const result = ratios[bench.key];
    return result && !isFailed(result) ? [rowOf(bench, result)] : [];
  });
  if (rows.length === 0) return null;
  const ratiosOfRows = rows.flatMap(({ median, worst }) => [median, worst]);
  const from = Math.floor(Math.log10(Math.min(0.5, ...ratiosOfRows)));
  const to = Math.ceil(Math.log10(Math.max(2, ...ratiosOfRows)));
  const x = (ratio: number): number => LEFT + ((Math.log10(ratio) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;
  const grid = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).flatMap((ratio) => [
    line(x(ratio), TOP - 8, x(ratio), bottom, ratio === 1 ? '#222' : '#ddd', ratio === 1 ? 2 : 1),
    text(x(ratio), TOP - 14, ratio === 1 ? 'equal' : `${number(ratio)} times`, { anchor: 'middle', size: 11 }),
  ]);
  const bars = rows.flatMap((row, index) => barsOf(row, TOP + index * ROW, x));
  const legend = [
    bar(LEFT, bottom + 14, 12, 10, MEDIAN),
    text(LEFT + 18, bottom + 23, 'median', { size: 11 }),
    bar(LEFT + 80, bottom + 14, 12, 10, WORST),
    text(LEFT + 98, bottom + 23, 'worst round', { size: 11 }),
  ];
  const title = 'Ratios of A over B';
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
