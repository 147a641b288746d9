import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { moment, number, shortNumber } from '../format.ts';
import { axisTimes } from './plot-times.ts';
import styles from './plot.module.css';

export interface PlotSeries {
  label: string;
  /** One of the colors for lines of the theme. */
  color: '--plot-1' | '--plot-2' | '--plot-3';
  values: readonly (number | null)[];
  /** Draws a line that stays level until the next point, as stock does. */
  isStepped?: boolean;
}

interface PlotProps {
  /** The content in a sentence, for those who do not see the picture. */
  summary: string;
  /** Epoch milliseconds, ascending. */
  times: readonly number[];
  series: readonly PlotSeries[];
  height?: number;
}

const dataOf = ({ times, series }: Pick<PlotProps, 'times' | 'series'>): UPlot.AlignedData => [
  times.map((at) => at / 1_000),
  ...series.map(({ values }) => [...values]),
];

/** Lines over time. Import it with `lazy`, because it brings uPlot along. */
export default function Plot({ summary, times, series, height = 220 }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const shape = series.map(({ label, color, isStepped }) => `${label} ${color} ${isStepped}`).join();
  const latest = useRef({ times, series });
  latest.current = { times, series };
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsOf(parent, latest.current.series, height), dataOf(latest.current), parent);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: parent.clientWidth, height }));
    resized.observe(parent);
    const stopWatching = onThemeChange(draw);
    return () => {
      resized.disconnect();
      stopWatching();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, height]);
  useEffect(() => plot.current?.setData(dataOf({ times, series })), [times, series]);
  return (
    <figure className={styles.figure}>
      <div ref={box} className={styles.plot} style={{ minHeight: height }} role="img" aria-label={summary} />
    </figure>
  );
}

/** Colors of a canvas do not follow the theme by themselves. */
function onThemeChange(draw: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(draw);
  system.addEventListener('change', draw);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', draw);
    chosen.disconnect();
  };
}

function optionsOf(parent: HTMLElement, series: readonly PlotSeries[], height: number): UPlot.Options {
  const color = colorsOf(parent);
  const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    width: parent.clientWidth,
    height,
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.08)] } },
    axes: [
      {
        ...axis,
        font: '12px system-ui',
        space: 70,
        values: (_, splits, _axis, _space, stepS) => axisTimes(splits, stepS),
      },
      { ...axis, font: '12px system-ui', size: 52, values: (_, splits) => splits.map((value) => shortNumber(value)) },
    ],
    series: [
      { value: (_: UPlot, second: number | null) => (second === null ? '–' : moment(second * 1_000)) },
      ...series.map(({ label, color: name, isStepped }) => ({
        label,
        stroke: color(name),
        width: 2,
        points: { show: false },
        value: (_: UPlot, value: number | null) => (value === null ? '–' : number(value)),
        ...(isStepped && stepped && { paths: stepped }),
      })),
    ],
  };
}

/** Returns the colors of the theme as a canvas reads them: it does not know `light-dark()`. */
function colorsOf(parent: HTMLElement): (name: string) => string {
  const probe = parent.appendChild(document.createElement('i'));
  const colors = new Map<string, string>();
  return (name) => {
    const known = colors.get(name);
    if (known !== undefined) return known;
    if (!probe.isConnected) parent.append(probe);
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    colors.set(name, color);
    return color;
  };
}
