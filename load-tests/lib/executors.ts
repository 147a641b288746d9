import exec from 'k6/execution';
import type { Options, Scenario, Threshold } from 'k6/options';
import { metricOf, PATHS, YARDSTICKS } from './words.ts';

interface Base {
  /** The exported function that one arrival runs. Absent: `default`. */
  exec?: string;
  /** Seconds from the start of the run. Absent: the phase begins at the end of the previous one. */
  startSeconds?: number;
  /**
   * The most virtual users that are busy at once. All of them are created before the start, because k6 drops arrivals
   * while it creates one. Absent: the arrivals of four seconds, created on demand.
   */
  busyMax?: number;
}

/** Arrivals per second and their duration. `stages` change the rate linearly. */
export type Phase = Base &
  ({ rate: number; seconds: number } | { startRate: number; stages: { rate: number; seconds: number }[] });

export interface Demands {
  /** More thresholds, or replacements of the default ones. An empty list removes one. */
  thresholds?: Record<string, Threshold[]>;
  /** Values of the tag `phase` that the script sets itself. They are measured like the phases of the model. */
  phases?: readonly string[];
}

const BUSY_SECONDS = 4;
/** k6 drops an arrival if it has to create a virtual user first. Each takes half a megabyte. */
const READY_MAX = 1_000;
const GRACE = '30s';
const TREND_STATS = ['count', 'p(50)', 'p(95)', 'p(99)', 'max'];

/** The default thresholds of every scenario. */
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
 * The open model: shoppers arrive at a rate, independently of how long earlier shoppers take. Every measurement has its
 * phase, so that the runner can compare phases. No threshold here limits time.
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

/** One iteration of one shopper. */
export function oneVisit(demands: Demands = {}): Options {
  const visit: Scenario = { executor: 'shared-iterations', vus: 1, iterations: 1, tags: { phase: 'visit' } };
  return { scenarios: { visit }, ...common(['visit'], demands) };
}

/** Returns the phase in which the calling shopper arrived. */
export const phase = (): string => exec.scenario.name;

const common = (phases: readonly string[], { thresholds = {}, phases: more = [] }: Demands): Options => ({
  thresholds: { ...measuredBy([...phases, ...more]), ...USUAL, ...thresholds },
  summaryTrendStats: TREND_STATS,
  // `together` sends its calls in parallel on purpose.
  batchPerHost: 20,
});

/** k6 reports a metric by tag only if a threshold names both. */
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
