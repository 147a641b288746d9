import { metricOf, PATHS } from '../lib/words.ts';
import type { Comparison } from './definition.ts';
import type { Summary } from './run-k6.ts';

export interface Latency {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** By procedure, then by phase. */
export type Latencies = Record<string, Record<string, Latency>>;

export interface Compared {
  procedure: string;
  phase: string;
  percentile: 'p95' | 'p99';
  ms: number;
  baseMs: number;
  limitMs: number;
  ok: boolean;
}

export interface ThresholdResult {
  metric: string;
  threshold: string;
  ok: boolean;
}

const PHASE = /^(.+)\{phase:(.+)\}$/;
const BY_METRIC = new Map<string, string>(PATHS.map((path) => [metricOf(path), path]));
/** A percentile of less is the word of one or two calls. */
const CALLS_MIN = 50;

/** In the order of the contract. */
export function latenciesOf({ metrics }: Summary): Latencies {
  const latencies: Latencies = {};
  for (const [name, { values }] of Object.entries(metrics)) {
    const [, metric = '', phase = ''] = PHASE.exec(name) ?? [];
    const path = BY_METRIC.get(metric);
    if (path === undefined || !values['count']) continue;
    const procedure = (latencies[path] ??= {});
    procedure[phase] = {
      count: values['count'],
      p50Ms: ms(values['p(50)']),
      p95Ms: ms(values['p(95)']),
      p99Ms: ms(values['p(99)']),
      maxMs: ms(values['max']),
    };
  }
  return Object.fromEntries(PATHS.flatMap((path) => (latencies[path] ? [[path, latencies[path]]] : [])));
}

const ms = (value = Number.NaN): number => Number(value.toFixed(2));

/** How every procedure's percentiles stand to the same run's own warm-up. */
export function compare(
  latencies: Latencies,
  { from, to, factor, floorMs, callsMin = CALLS_MIN }: Comparison,
): Compared[] {
  const compared: Compared[] = [];
  for (const [procedure, phases] of Object.entries(latencies)) {
    for (const phase of to) {
      const [base, measured] = [phases[from], phases[phase]];
      if (!base || !measured || Math.min(base.count, measured.count) < callsMin) continue;
      for (const percentile of ['p95', 'p99'] as const) {
        const [baseMs, atMs] = [base[`${percentile}Ms`], measured[`${percentile}Ms`]];
        const limitMs = ms(Math.max(floorMs, factor * baseMs));
        compared.push({ procedure, phase, percentile, ms: atMs, baseMs, limitMs, ok: atMs <= limitMs });
      }
    }
  }
  return compared;
}

export const thresholdsOf = ({ metrics }: Summary): ThresholdResult[] =>
  Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([threshold, { ok }]) => ({ metric, threshold, ok })),
  );

/** Every counter that is not of one phase only, and how many of k6's checks held. */
export const countsOf = ({ metrics }: Summary): Record<string, number> => ({
  checks_passed: metrics['checks']?.values['passes'] ?? 0,
  ...Object.fromEntries(
    Object.entries(metrics)
      .filter(([name, { type }]) => type === 'counter' && !PHASE.test(name))
      .map(([name, { values }]) => [name, values['count'] ?? 0]),
  ),
});
