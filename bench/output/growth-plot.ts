import type { Plot } from '../core/types.ts';
import { COLORS, line, path, picture, text } from './svg.ts';
import { number } from './words.ts';

const WIDTH = 720;
const HEIGHT = 380;
const BOX = { left: 84, top: 52, right: WIDTH - 24, bottom: HEIGHT - 78 };

interface Axis {
  from: number;
  to: number;
}

/** Whole powers of ten around the values. */
function axisOf(values: readonly number[]): Axis {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  return { from, to: to > from ? to : from + 1 };
}

const ticks = ({ from, to }: Axis): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
const share = (value: number, { from, to }: Axis): number => (Math.log10(value) - from) / (to - from);

/** Draws lines over two logarithmic axes. */
export function growthPlot({ title, x: xName, y: yName, series }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const xAxis = axisOf(points.map(([x]) => x));
  const yAxis = axisOf(points.map(([, y]) => y));
  const x = (value: number): number => BOX.left + share(value, xAxis) * (BOX.right - BOX.left);
  const y = (value: number): number => BOX.bottom - share(value, yAxis) * (BOX.bottom - BOX.top);
  const grid = [
    ...ticks(xAxis).flatMap((value) => [
      line(x(value), BOX.top, x(value), BOX.bottom),
      text(x(value), BOX.bottom + 18, number(value), { anchor: 'middle', size: 11 }),
    ]),
    ...ticks(yAxis).flatMap((value) => [
      line(BOX.left, y(value), BOX.right, y(value)),
      text(BOX.left - 8, y(value) + 4, number(value), { anchor: 'end', size: 11 }),
    ]),
  ];
  const lines = series.flatMap(({ name, points }, index) => {
    const color = COLORS[index % COLORS.length] ?? '#222';
    return [
      path(
        points.map(([px, py]) => [x(px), y(py)] as const),
        color,
      ),
      text(BOX.left + index * 200, HEIGHT - 14, name, { color }),
    ];
  });
  const names = [
    text(BOX.left, BOX.top - 8, yName, { size: 11 }),
    text(BOX.right, BOX.bottom + 36, xName, { anchor: 'end', size: 11 }),
  ];
  return picture(WIDTH, HEIGHT, title, [...grid, ...lines, ...names]);
}
