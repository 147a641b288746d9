import { metricOf, PATHS, YARDSTICKS, type Yardstick } from '../lib/words.ts';
import type { Comparison } from './toolkit/definition.ts';
import type { Summary } from './run-k6.ts';

export interface Latency {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** Percentiles by procedure, then by phase. */
export type Latencies = Record<string, Record<string, Latency>>;

export interface Compared {
  procedure: string;
  phase: string;
  percentile: 'p95' | 'p99';
  ms: number;
  /** The same percentile in the warm-up. */
  baseMs: number;
  /** The percentile of a call without work in the same phase; null if too few were measured. */
  noopMs: number | null;
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
/** Arrivals that k6 dropped because all its virtual users were busy. */
const DROPPED = 'dropped_iterations';
/** With fewer calls a percentile rests on one or two of them. */
const CALLS_MIN = 50;

/** Returns the latency of each procedure, in the order of the contract. */
export const latenciesOf = (summary: Summary): Latencies => trendsOf(summary, PATHS, (metric) => BY_METRIC.get(metric));

/** Returns the latency of the calls without work that were measured beside the procedures. */
export const yardsticksOf = (summary: Summary): Latencies =>
  trendsOf(summary, YARDSTICKS, (metric) => YARDSTICKS.find((name) => name === metric));

/** Returns whether a metric of k6 measures speed rather than outcomes. */
export function isAboutSpeed(metric: string): boolean {
  const [name = ''] = metric.split('{');
  return BY_METRIC.has(name) || name === DROPPED;
}

function trendsOf(
  { metrics }: Summary,
  order: readonly string[],
  nameOf: (metric: string) => string | undefined,
): Latencies {
  const latencies: Latencies = {};
  for (const [tagged, { values }] of Object.entries(metrics)) {
    const [, metric = '', phase = ''] = PHASE.exec(tagged) ?? [];
    const name = nameOf(metric);
    if (name === undefined || !values['count']) continue;
    const trend = (latencies[name] ??= {});
    trend[phase] = {
      count: values['count'],
      p50Ms: ms(values['p(50)']),
      p95Ms: ms(values['p(95)']),
      p99Ms: ms(values['p(99)']),
      maxMs: ms(values['max']),
    };
  }
  return Object.fromEntries(order.flatMap((name) => (latencies[name] ? [[name, latencies[name]]] : [])));
}

const ms = (value = Number.NaN): number => Number(value.toFixed(2));

/**
 * Compares each procedure's percentiles with the larger of two: the warm-up of the same run, and a call without work
 * in the same phase, which shows what the machine and the server can do at that moment. The server's call without
 * work is compared with the machine's in the same way, because a blocked server delays both.
 */
export function compare(latencies: Latencies, yardsticks: Latencies, comparison: Comparison): Compared[] {
  return [
    ...compareWith(latencies, yardsticks[NOOP] ?? {}, comparison),
    ...compareWith({ [NOOP]: yardsticks[NOOP] ?? {} }, yardsticks[MACHINE] ?? {}, comparison),
  ];
}

const [NOOP, MACHINE]: readonly [Yardstick, Yardstick] = YARDSTICKS;
const PERCENTILES = ['p95', 'p99'] as const;

function compareWith(
  latencies: Latencies,
  yardstick: Record<string, Latency>,
  { from, to, factor, floorMs, callsMin = CALLS_MIN }: Comparison,
): Compared[] {
  const compared: Compared[] = [];
  for (const [procedure, phases] of Object.entries(latencies)) {
    for (const phase of to) {
      const [base, measured, beside] = [phases[from], phases[phase], yardstick[phase]];
      if (!base || !measured || Math.min(base.count, measured.count) < callsMin) continue;
      for (const percentile of PERCENTILES) {
        const [baseMs, atMs] = [base[`${percentile}Ms`], measured[`${percentile}Ms`]];
        const noopMs = beside && beside.count >= CALLS_MIN ? beside[`${percentile}Ms`] : null;
        const limitMs = ms(Math.max(floorMs, factor * Math.max(baseMs, noopMs ?? 0)));
        compared.push({ procedure, phase, percentile, ms: atMs, baseMs, noopMs, limitMs, ok: atMs <= limitMs });
      }
    }
  }
  return compared;
}

export const thresholdsOf = ({ metrics }: Summary): ThresholdResult[] =>
  Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([threshold, { ok }]) => ({ metric, threshold, ok })),
  );

/** Returns all counters except those of single phases, and the number of passed checks of k6. */
export const countsOf = ({ metrics }: Summary): Record<string, number> => ({
  checks_passed: metrics['checks']?.values['passes'] ?? 0,
  ...Object.fromEntries(
    Object.entries(metrics)
      .filter(([name, { type }]) => type === 'counter' && !PHASE.test(name))
      .map(([name, { values }]) => [name, values['count'] ?? 0]),
  ),
});
