import type { Outputs } from '../../src/client/client.ts';
import { type Events, TENTHS_BETWEEN } from '../lib/words.ts';
import type { Compared, Latencies, ThresholdResult } from './measures.ts';

/** The runner's report, beside the one of k6. */
export interface Report {
  scenario: string;
  /** `embedded`, `redis`, or the URL of an existing server. */
  store: string;
  options: Record<string, number>;
  startedAt: string;
  seconds: number;
  counts: Record<string, number>;
  latency: Latencies;
  /** Latency of calls without work: of the server (`noop`) and of an idle process (`machine`). */
  yardsticks: Latencies;
  thresholds: ThresholdResult[];
  /** The percentiles compared with those of the warm-up and of a call without work. */
  relative: Compared[];
  /** Counted during the sale. */
  live: { ok: boolean; orders: number; units: number; oversold: number };
  /** Read from the shop afterwards. */
  audit: { ok: boolean; orders: number; units: number; violations: Outputs['admin']['audit']['violations'] };
  /** The server's gauges during the run, if the scenario records them. */
  samples: readonly Events['sample'][];
  notes: Record<string, number | string>;
  /** Everything that is incorrect, in words. */
  problems: string[];
  /** Whether the run is correct, regardless of its speed. */
  ok: boolean;
  /** Everything that was too slow, in words. */
  slow: string[];
}

const count = (value: number): string => value.toLocaleString('en');

/** Returns the outcome in a few lines for people. */
export function wordsOf(report: Report): string {
  const { store, seconds, counts, live, audit, notes } = report;
  const refusals = Object.entries(counts).filter(([name, value]) => name.startsWith('refused_') && value > 0);
  const rows: [string, string][] = [
    ['store', store],
    ['time', `${seconds} s, ${count(counts['http_reqs'] ?? 0)} requests, ${count(counts['iterations'] ?? 0)} visits`],
    ['counted live', `${count(live.units)} units in ${count(live.orders)} orders, ${count(live.oversold)} oversold`],
    ['on record', `${count(audit.units)} units in ${count(audit.orders)} orders, audit ${audit.ok ? 'ok' : 'FAILED'}`],
    [
      'refused',
      refusals.map(([name, value]) => `${count(value)} ${name.slice('refused_'.length)}`).join(', ') || 'nothing',
    ],
    [
      'faults',
      `${count(counts['server_faults'] ?? 0)} of the server, ${count(counts['transport_faults'] ?? 0)} on the way`,
    ],
    ...Object.entries(notes).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  const lines = ['', ...rows.map(([name, value]) => `  ${name.padEnd(13)} ${value}`), ''];
  return [...lines, ...latencyLines(report), '', ...verdictLines(report)].join('\n');
}

/** The tenths in the middle are for the figures of the scenario. */
const shown = (phases: Report['latency'][string]) =>
  Object.entries(phases).filter(([phase]) => !TENTHS_BETWEEN.includes(phase));

const latencyLines = ({ latency, yardsticks }: Report): string[] =>
  Object.entries({ ...latency, ...yardsticks }).flatMap(([name, phases]) =>
    shown(phases).map(([phase, { p50Ms, p95Ms, p99Ms, count: calls }]) => {
      const times = `p50 ${p50Ms} ms, p95 ${p95Ms} ms, p99 ${p99Ms} ms`;
      return `  ${name.padEnd(21)} ${phase.padEnd(9)} ${times}, ${count(calls)} calls`;
    }),
  );

/** Returns the two verdicts. They are separate, because a busy machine makes a correct server slow. */
const verdictLines = ({ problems, slow, relative }: Report): string[] => [
  problems.length === 0 ? 'Correctness: everything is as it should be.' : 'Correctness: this is wrong:',
  ...problems.map((problem) => `  - ${problem}`),
  slow.length === 0
    ? `Latency: ${fine(relative)}`
    : 'Latency: slower than expected, which says nothing about correctness:',
  ...slow.map((finding) => `  - ${finding}`),
];

const fine = (relative: readonly Compared[]): string =>
  relative.length === 0
    ? 'not compared, because there is no warm-up or there were too few calls.'
    : `all ${relative.length} percentiles are within their limits.`;
