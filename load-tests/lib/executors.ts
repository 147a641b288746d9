import exec from 'k6/execution';
import type { Options, Scenario, Threshold } from 'k6/options';
import { metricOf, PATHS, YARDSTICKS } from './words.ts';

interface Base {
  /** The exported function that one arrival runs; `default` unless named. */
  exec?: string;
  /** Seconds from the start of the run; without it a phase begins where the one before ends. */
  startSeconds?: number;
  /**
   * Virtual users that may be busy at once. Named, all of them are made before the start: k6 drops arrivals while it makes
   * one. Otherwise four seconds' worth of arrivals, made as they are needed.
   */
  busyMax?: number;
}

/** Arrivals a second, for so long; `stages` go from one rate to the next in even steps. */
export type Phase = Base &
  ({ rate: number; seconds: number } | { startRate: number; stages: { rate: number; seconds: number }[] });

export interface Demands {
  /** Further thresholds, or other ones for the usual metrics; an empty list takes one away. */
  thresholds?: Record<string, Threshold[]>;
}

const BUSY_SECONDS = 4;
/** k6 drops the arrival for which it has to make a virtual user first. Half a megabyte each. */
const READY_MAX = 1_000;
const GRACE = '30s';
const TREND_STATS = ['count', 'p(50)', 'p(95)', 'p(99)', 'max'];

/** What every scenario has to show unless it says otherwise. */
const USUAL: Record<string, Threshold[]> = {
  oversold: [{ threshold: 'count==0', abortOnFail: true }],
  shared_orders: [{ threshold: 'count==0', abortOnFail: true }],
  server_faults: ['count==0'],
  transport_faults: ['count==0'],
  surprises: ['count==0'],
  dropped_iterations: ['count==0'],
  checks: [{ threshold: 'rate==1', abortOnFail: true }],
};

/**
 * The open model: shoppers arrive at a rate, however long the ones before them take. Every measurement carries its phase,
 * so that the runner can compare the phases; none of the thresholds here is one of time.
 */
export function openModel(phases: Record<string, Phase>, demands: Demands = {}): Options {
  const scenarios: Record<string, Scenario> = {};
  let end = 0;
  for (const [name, phase] of Object.entries(phases)) {
    const start = phase.startSeconds ?? end;
    scenarios[name] = scenarioOf(name, phase, start);
    end = Math.max(end, start + secondsOf(phase));
  }
  return { scenarios, ...common(Object.keys(phases), demands) };
}

/** One shopper, once. */
export function oneVisit(demands: Demands = {}): Options {
  const visit: Scenario = { executor: 'shared-iterations', vus: 1, iterations: 1, tags: { phase: 'visit' } };
  return { scenarios: { visit }, ...common(['visit'], demands) };
}

/** The phase that the calling shopper arrived in. */
export const phase = (): string => exec.scenario.name;

const common = (phases: readonly string[], { thresholds = {} }: Demands): Options => ({
  thresholds: { ...measuredBy(phases), ...USUAL, ...thresholds },
  summaryTrendStats: TREND_STATS,
  // `together` means it.
  batchPerHost: 20,
});

/** k6 reports a metric by tag only where a threshold names both. */
const measuredBy = (phases: readonly string[]): Record<string, Threshold[]> =>
  Object.fromEntries(
    phases.flatMap((phase) =>
      [...PATHS.map(metricOf), ...YARDSTICKS].map((metric) => [`${metric}{phase:${phase}}`, []]),
    ),
  );

const secondsOf = (phase: Phase): number =>
  'stages' in phase ? phase.stages.reduce((sum, { seconds }) => sum + seconds, 0) : phase.seconds;

function scenarioOf(name: string, phase: Phase, startSeconds: number): Scenario {
  const rateMax = 'stages' in phase ? Math.max(...phase.stages.map(({ rate }) => rate)) : phase.rate;
  const busyMax = phase.busyMax ?? Math.max(10, rateMax * BUSY_SECONDS);
  const shared = {
    exec: phase.exec ?? 'default',
    startTime: `${startSeconds}s`,
    preAllocatedVUs: phase.busyMax ?? Math.min(busyMax, Math.max(READY_MAX, Math.ceil(rateMax / 2))),
    maxVUs: busyMax,
    gracefulStop: GRACE,
    tags: { phase: name },
  };
  if (!('stages' in phase)) {
    return { executor: 'constant-arrival-rate', rate: phase.rate, duration: `${phase.seconds}s`, ...shared };
  }
  const stages = phase.stages.map(({ rate, seconds }) => ({ target: rate, duration: `${seconds}s` }));
  return { executor: 'ramping-arrival-rate', startRate: phase.startRate, stages, ...shared };
}
