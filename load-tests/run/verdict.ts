import type { Arguments } from './arguments.ts';
import { compare, countsOf, isAboutSpeed, latenciesOf, thresholdsOf, yardsticksOf } from './measures.ts';
import type { Records } from './toolkit/read-back.ts';
import type { Report } from './report.ts';
import type { K6Outcome } from './run-k6.ts';
import type { Reported } from './toolkit/order-oracle.ts';

export interface Judged {
  args: Pick<Arguments, 'definition' | 'store' | 'at' | 'options' | 'factor'>;
  startedAt: Date;
  k6: K6Outcome;
  notes: Record<string, number | string>;
  reported: Reported;
  records: Records | null;
  /** Findings of the runner about correctness. */
  problems: readonly string[];
  /** Findings of the runner about latency. */
  slow: readonly string[];
}

export const EXIT = { sound: 0, unsound: 1, usage: 2, slow: 3, interrupted: 130 } as const;

const THRESHOLDS_FAILED = 99;

/**
 * Returns the exit code of a run. Only correctness decides it, because a busy machine is slow without being wrong.
 * With `--strict-latency` latency decides it too.
 */
export function exitCodeOf({ ok, slow }: Pick<Report, 'ok' | 'slow'>, strictLatency: boolean): number {
  if (!ok) return EXIT.unsound;
  return strictLatency && slow.length > 0 ? EXIT.slow : EXIT.sound;
}

/** Returns the report of a run with its two verdicts, on correctness and on latency. */
export function reportOf({ args, startedAt, k6, notes, reported, records, problems, slow }: Judged): Report {
  const { definition, store, at, options, factor } = args;
  const { comparison } = definition;
  const summary = k6.summary ?? { metrics: {} };
  const latency = latenciesOf(summary);
  const yardsticks = yardsticksOf(summary);
  const thresholds = thresholdsOf(summary);
  const failed = thresholds.filter(({ ok }) => !ok);
  const limits = comparison && { ...comparison, factor: factor ?? comparison.factor };
  const relative = limits ? compare(latency, yardsticks, limits) : [];
  const wrong = [
    ...failed.filter(({ metric }) => !isAboutSpeed(metric)).map(thresholdProblem),
    ...k6Problems(k6),
    ...problems,
  ];
  const units = [...reported.soldBySku.values()].reduce((sum, sold) => sum + sold, 0);
  const soldOnRecord = [...(records?.soldBySku.values() ?? [])].reduce((sum, sold) => sum + sold, 0);
  return {
    scenario: definition.name,
    store: at ? at.url : store,
    options,
    startedAt: startedAt.toISOString(),
    seconds: Number(k6.seconds.toFixed(1)),
    counts: countsOf(summary),
    latency,
    yardsticks,
    thresholds,
    relative,
    live: { ok: reported.oversold === 0, orders: reported.orders.size, units, oversold: reported.oversold },
    audit: {
      ok: records?.audit.ok ?? false,
      orders: records?.orders.size ?? 0,
      units: soldOnRecord,
      violations: records?.audit.violations ?? [],
    },
    samples: reported.events.of('sample'),
    notes,
    problems: wrong,
    ok: wrong.length === 0,
    slow: [
      ...failed.filter(({ metric }) => isAboutSpeed(metric)).map(thresholdProblem),
      ...relative.filter(({ ok }) => !ok).map((each) => tooSlow(each, limits?.factor ?? 1)),
      ...slow,
    ],
  };
}

const thresholdProblem = ({ metric, threshold }: Report['thresholds'][number]): string =>
  `threshold ${metric}: ${threshold}`;

/** An error of the script ends its iteration without failing a threshold. */
function k6Problems({ code, summary, said, thrown, lastWords }: K6Outcome): string[] {
  return [
    ...(code === THRESHOLDS_FAILED ? said : []),
    ...(thrown.length > 0 ? [`the script failed ${thrown.length} times, the first with: ${thrown[0]}`] : []),
    ...(summary && (code === 0 || code === THRESHOLDS_FAILED) ? [] : [`k6 ended with ${code}:\n${lastWords}`]),
  ];
}

function tooSlow(
  { procedure, phase, percentile, ms, baseMs, noopMs, limitMs }: Report['relative'][number],
  factor: number,
): string {
  const beside = procedure === 'noop' ? 'a request to an idle process' : 'a call without work';
  const compared = `it took ${baseMs} ms in the warm-up, ${beside} took ${noopMs ?? 'an unknown number of'} ms in ${phase}`;
  return `${procedure} took ${ms} ms at ${percentile} in ${phase}, more than ${limitMs} ms (factor ${factor}): ${compared}`;
}
